import { randomUUID } from 'node:crypto'
import { takeLease, type Lease } from '../keyvalue/lease.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { toldOfSeconds, type OfflineGrant } from '../offline/offline-grant.ts'
import { carryOut, type CarryOutParts } from './carry-out.ts'
import { consentOf } from './consent.ts'
import { renewedJobState, withdrawnJobState } from './job-state.ts'
import type { KeptState } from './job-states.ts'
import type { Job } from './job.ts'
import type { Outcome } from './outcome.ts'
import type { Lookout } from './lookout.ts'
import { withFirstTurn, type Pace } from './pace.ts'
import { claim, withoutDead, type Next } from './plan.ts'
import { recordEnd, tellEnd } from './record-end.ts'

export interface RunJobParts extends CarryOutParts {
  readonly keyValue: KeyValue
  /** Of token requests, to spare the provider. */
  readonly pace: Pace
  readonly lookout: Pick<Lookout, 'since'>
}

/** What came of looking after one user of a job. */
export type LookedAfter =
  /** Another has it in hand. */
  | 'busy'
  /** Nothing was due after all. */
  | 'nothing'
  /** There is no such grant any more. */
  | 'gone'
  | Outcome

/** A user whose run another has in hand, or had until it died: not in the way of those behind them meanwhile. */
const busySeconds = 3

/** What does not open here may open at another instance, which is not to wait long for its turn. */
const unreadableSeconds = 60

/** A token that is over sooner than this is asked for anew. */
const freshSeconds = 60

/**
 * Begins what is due for one user of a job, and sees it to its end.
 *
 * A lease keeps all others away. Before anything goes out the state says that the instant was begun, and each write is refused
 * where the state has changed meanwhile: so whoever dies leaves a trace, and whoever was overtaken leaves none.
 *
 * @param stopping  fires when the process is to end, or, with `withdrawn`, when there is no consent any more
 */
export async function runJob(
  parts: RunJobParts,
  job: Job,
  user: string,
  stopping: AbortSignal,
): Promise<LookedAfter> {
  const { clock, keyValue, states } = parts
  const lease = await takeLease(keyValue, `job/${job.name}/${user}`)
  if (!lease) {
    await states.postpone(job.name, user, clock.now() + busySeconds)
    return 'busy'
  }
  try {
    return await alone(parts, job, user, lease, stopping)
  } finally {
    // It runs out by itself if it can't be given back.
    await lease.release().catch(() => {})
  }
}

async function alone(
  parts: RunJobParts,
  job: Job,
  user: string,
  lease: Lease,
  stopping: AbortSignal,
): Promise<LookedAfter> {
  const { clock, states, telemetry, vault } = parts
  const kept = await states.read(job.name, user)
  if (!kept) {
    if (await states.isKept(job.name, user)) return leave(parts, job, user, 'state')
    await states.remove(job.name, user)
    return 'gone'
  }
  const owner = { sub: kept.state.sub, grant: job.grant }
  const consent = await vault.read(owner)
  if (!consent && (await vault.isKept(owner))) return leave(parts, job, user, 'grant')
  if (consent?.grant.connection !== kept.state.connection) {
    await catchUp(parts, job, kept, consent?.grant ?? null)
    return 'gone'
  }
  const lookoutSince = job.missedRuns === 'skip' ? await parts.lookout.since(job.name) : 0
  const next = claim(job, kept.state, clock.now(), lookoutSince)
  for (const { name } of next.told) tellEnd(telemetry, job, kept.state, { outcome: name })
  if (next.start === null) {
    const changed = next.state === kept.state ? kept : await states.change(kept, next.state)
    if (changed) await states.arrange(job, changed)
    return 'nothing'
  }
  const pace = await firstTurn(parts, consent.grant, stopping)
  if (pace === null) return 'nothing'
  return begin(parts, { job, kept, lease, pace, stopping }, next.state, next.start)
}

/** Leaves what was sealed by keys that this instance has not to one that has them. */
async function leave(
  { clock, states, telemetry }: RunJobParts,
  job: Job,
  user: string,
  what: 'state' | 'grant',
): Promise<LookedAfter> {
  await states.postpone(job.name, user, clock.now() + unreadableSeconds)
  const detail = `the ${what} of a user does not open with the secrets that this instance has`
  telemetry.record({ name: 'job-runner-failed', job: job.name, detail })
  return 'busy'
}

interface Claimed {
  readonly job: Job
  readonly kept: KeptState
  readonly lease: Lease
  readonly pace: Pace
  readonly stopping: AbortSignal
}

async function begin(
  parts: RunJobParts,
  { job, kept, lease, pace, stopping }: Claimed,
  state: Next['state'],
  start: NonNullable<Next['start']>,
): Promise<LookedAfter> {
  const { clock, states, telemetry } = parts
  const current = { ...start, id: randomUUID(), startedAt: clock.now() }
  const begun = await states.change(kept, { ...state, current })
  if (!begun) return 'busy'
  await states.arrange(job, begun)
  const { attempt, id: run, startedBy } = current
  telemetry.record({
    name: 'job-run-started',
    job: job.name,
    run,
    sub: state.sub,
    startedBy,
    attempt,
  })
  const startedAt = clock.milliseconds()
  const ended = await carryOut(parts, { job, begun, current, lease, pace, stopping })
  const seconds = (clock.milliseconds() - startedAt) / 1000
  await recordEnd(parts, job, begun, current, { ended, seconds })
  return ended
}

/**
 * Waits for the token request that the run begins with, before the run's own time does.
 *
 * @returns for the ones after it; null when it was stopped while it waited
 */
async function firstTurn(
  { clock, pace }: RunJobParts,
  { token }: OfflineGrant,
  stopping: AbortSignal,
): Promise<Pace | null> {
  if (token !== null && clock.now() + freshSeconds < token.expiresAt) return pace
  try {
    await pace.turn(stopping)
    return withFirstTurn(pace)
  } catch (error) {
    if (stopping.aborted) return null
    throw error
  }
}

/** The grant was withdrawn or connected anew, and whoever did it, or ran for it, died before it told the jobs. */
async function catchUp(
  { clock, states, telemetry }: RunJobParts,
  job: Job,
  kept: KeptState,
  grant: OfflineGrant | null,
): Promise<void> {
  const now = clock.now()
  const { state: before, told } = withoutDead(job, kept.state, now)
  const state =
    grant === null
      ? withdrawnJobState(before, now + toldOfSeconds)
      : renewedJobState(before, consentOf(grant), now)
  const changed = await states.change(kept, state)
  if (!changed) return
  for (const { name } of told) tellEnd(telemetry, job, kept.state, { outcome: name })
  await states.arrange(job, changed)
}
