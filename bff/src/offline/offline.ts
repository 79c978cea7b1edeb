import type { KeyRing } from '../base/key-ring.ts'
import { sealerFor, type SealWatch } from '../base/sealer.ts'
import type { Agenda, KeyValue } from '../keyvalue/store.ts'
import { connectAttempts, type ConnectAttempts } from './connect-attempt.ts'
import { noJobs, type GrantJobs } from './grant-jobs.ts'
import { endExpired } from './end-expired.ts'
import { endOverdue } from './end-overdue.ts'
import { grantHolders, noHolders, type GrantHolders } from './grant-holders.ts'
import { createGrantRenewal, type GrantRenewalParts } from './grant-renewal.ts'
import { createGrantTokens, type GrantTokens } from './grant-tokens.ts'
import { grantVault, type GrantVault } from './grant-vault.ts'
import type { GrantDefinition } from './offline-grant.ts'
import { tokenAnswers, type TokenAnswers } from './token-answers.ts'
import { tokenCourier } from './token-courier.ts'

/** What there is of offline grants. */
export interface Offline {
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly vault: GrantVault
  readonly holders: GrantHolders
  readonly tokens: GrantTokens
  readonly attempts: ConnectAttempts
  readonly answers: TokenAnswers
  readonly jobs: () => GrantJobs
  /** Says who runs the jobs: until then there are none. */
  useJobs(jobs: GrantJobs): void
  /** Ends what is overdue. Done by itself every minute; a test calls it by hand. */
  endOverdue(): Promise<void>
  /** Waits until what the provider gave is written down, and lets the courier go. */
  close(): Promise<void>
}

export interface OfflineParts extends Omit<
  GrantRenewalParts,
  'vault' | 'answers' | 'resourceOf' | 'keyValue'
> {
  readonly grants: readonly GrantDefinition[]
  /** Whether tokens are bound to a key (RFC 9449). */
  readonly dpop: boolean
  readonly keyValue: KeyValue
  /** Null where the store has none. */
  readonly agenda: Agenda | null
  readonly keyRing: KeyRing
  readonly sealWatch: SealWatch
  readonly fetch: typeof fetch
  /** The URL of the store if another process can open it, too, and reach the provider as this one does; else null. */
  readonly sharedStore: string | null
}

const endEveryMilliseconds = 60_000

export function createOffline(parts: OfflineParts): Offline {
  const { agenda, keyRing, keyValue, clock, dpop, telemetry, sharedStore } = parts
  const now = () => clock.now()
  const sealer = sealerFor(keyRing, 'grant', parts.sealWatch)
  const definitions = new Map(parts.grants.map((definition) => [definition.name, definition]))
  const holders = agenda ? grantHolders({ agenda, keyValue, sealer, now }) : noHolders
  const vault = grantVault({ keyValue, sealer, keyRing, holders, clock })
  const courier = sharedStore === null ? null : tokenCourier(sharedStore, telemetry)
  const answers = tokenAnswers({ keyValue, keyRing, sealer, fetch: parts.fetch, courier })
  const renewal = createGrantRenewal({
    ...parts,
    vault,
    answers,
    resourceOf: (grant) => definitions.get(grant)?.resource ?? null,
  })
  const tokens = createGrantTokens({
    vault,
    renewal,
    clock,
    endExpired: (kept) => endExpired({ ...parts, answers, vault }, kept),
  })
  let jobs = noJobs
  let ending: Promise<void> | null = null
  const end = () =>
    (ending ??= endOverdue({ ...parts, answers, vault, holders, now }).finally(
      () => (ending = null),
    ))
  // A store that can't be reached, of which the guard before it tells, is asked again in a minute.
  const timer = setInterval(() => void end().catch(() => {}), endEveryMilliseconds).unref()
  return {
    definitions,
    vault,
    holders,
    tokens,
    answers,
    attempts: connectAttempts({ keyRing, telemetry, clock, dpop }),
    jobs: () => jobs,
    useJobs(used) {
      jobs = used
    },
    endOverdue: end,
    async close() {
      clearInterval(timer)
      await ending?.catch(() => {})
      await tokens.settled()
      await answers.settled()
      courier?.close()
    },
  }
}
