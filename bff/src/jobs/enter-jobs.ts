import { takeLease } from '../keyvalue/lease.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { GrantHolders } from '../offline/grant-holders.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import { consentOf } from './consent.ts'
import { newJobState } from './job-state.ts'
import { userOf, type JobStates, type KeptState } from './job-states.ts'
import type { Job } from './job.ts'
import { spreadOf } from './plan.ts'

export interface EnterJobsParts {
  readonly states: JobStates
  readonly holders: Pick<GrantHolders, 'of'>
  readonly vault: Pick<GrantVault, 'read'>
  readonly keyValue: KeyValue
  readonly telemetry: Telemetry
  readonly now: () => number
}

const yearSeconds = 31_536_000

/** Said where some could not be entered here. */
const inPart = ' in part'

/**
 * Enters those who had connected a grant before the job was in the configuration, and puts everybody at their new time where
 * its schedule has changed. Where nothing has changed it costs one look into the store.
 */
export async function enterJob(parts: EnterJobsParts, job: Job): Promise<void> {
  const { keyValue, telemetry } = parts
  const key = `job-entered/${job.name}`
  const fingerprint = `${job.grant} ${job.fingerprint}`
  const before = await keyValue.get(key)
  if (before === fingerprint) return
  const isChanged = before !== null && before !== `${fingerprint}${inPart}`
  const lease = await takeLease(keyValue, key)
  // Another instance is at it.
  if (!lease) return
  try {
    let [entered, unreadable] = [0, 0]
    for await (const { sub } of parts.holders.of(job.grant)) {
      if (sub === null) unreadable += 1
      else {
        await enter(parts, job, sub, isChanged)
        entered += 1
      }
    }
    if (unreadable === 0) return await keyValue.set(key, fingerprint, yearSeconds)
    // An instance that has the secrets enters them.
    if (entered > 0) await keyValue.set(key, `${fingerprint}${inPart}`, yearSeconds)
    const detail = `${unreadable} users do not open with the secrets that this instance has`
    telemetry.record({ name: 'job-runner-failed', job: job.name, detail })
  } finally {
    await lease.release().catch(() => {})
  }
}

async function enter(
  parts: EnterJobsParts,
  job: Job,
  sub: string,
  isChanged: boolean,
): Promise<void> {
  const { now, states, vault } = parts
  const known = await states.read(job.name, userOf(sub))
  if (known) return states.arrange(job, isChanged ? await moved(parts, job, known) : known)
  const kept = await vault.read({ sub, grant: job.grant })
  if (kept) await states.put(job, newJobState(consentOf(kept.grant), now()))
}

/** What the new schedule would have had them do before it was there is left out. */
async function moved({ now, states }: EnterJobsParts, job: Job, kept: KeptState) {
  for (let known: KeptState | null = kept; known;) {
    const { state } = known
    const claimedUntil = Math.max(state.claimedUntil, now() - spreadOf(job, state.sub))
    const changed = await states.change(known, { ...state, claimedUntil })
    if (changed) return changed
    known = await states.read(job.name, kept.user)
  }
  return kept
}
