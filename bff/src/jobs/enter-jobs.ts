import { takeLease } from '../keyvalue/lease.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import { consentOf } from './consent.ts'
import type { GrantHolders } from './grant-holders.ts'
import { newJobState } from './job-state.ts'
import { userOf, type JobStates } from './job-states.ts'
import type { Job } from './job.ts'

export interface EnterJobsParts {
  readonly states: JobStates
  readonly holders: GrantHolders
  readonly vault: Pick<GrantVault, 'read'>
  readonly keyValue: KeyValue
  readonly telemetry: Telemetry
  readonly now: () => number
}

const yearSeconds = 31_536_000

/**
 * Enters those who had connected a grant before the job was in the configuration, and puts everybody at their new time where
 * its schedule has changed. Where nothing has changed it costs one look into the store.
 */
export async function enterJob(parts: EnterJobsParts, job: Job): Promise<void> {
  const { keyValue, telemetry } = parts
  const key = `job-entered/${job.name}`
  const fingerprint = `${job.grant} ${job.fingerprint}`
  if ((await keyValue.get(key)) === fingerprint) return
  const lease = await takeLease(keyValue, key)
  // Another instance is at it.
  if (!lease) return
  try {
    let unreadable = 0
    for await (const sub of parts.holders.of(job.grant)) {
      if (sub === null) unreadable += 1
      else await enter(parts, job, sub)
    }
    if (unreadable === 0) return await keyValue.set(key, fingerprint, yearSeconds)
    // An instance that has the secrets enters them.
    const detail = `${unreadable} users do not open with the secrets that this instance has`
    telemetry.record({ name: 'job-runner-failed', job: job.name, detail })
  } finally {
    await lease.release().catch(() => {})
  }
}

async function enter({ now, states, vault }: EnterJobsParts, job: Job, sub: string): Promise<void> {
  const known = await states.read(job.name, userOf(sub))
  if (known) return states.arrange(job, known)
  const kept = await vault.read({ sub, grant: job.grant })
  if (kept) await states.put(job, newJobState(consentOf(kept.grant), now()))
}
