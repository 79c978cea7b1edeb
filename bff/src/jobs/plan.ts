import { createHash } from 'node:crypto'
import { toldOfSeconds } from '../offline/offline-grant.ts'
import { outcome, type Outcome } from './outcome.ts'
import { withRun, type Beginning, type JobState } from './job-state.ts'
import type { Job } from './job.ts'

/** No I/O. No clock: `now` is passed in. What is to be done for one user of a job, and when. */

/** Of a job, what its plan depends on. */
export type Planned = Pick<
  Job,
  | 'name'
  | 'schedule'
  | 'spreadSeconds'
  | 'missedRuns'
  | 'overlap'
  | 'interrupted'
  | 'retries'
  | 'keptRuns'
>

/** Beyond any time that will come. */
export const never = 9_999_999_999

/** What comes later than this after its time was missed, unless somebody was there. */
export const lateSeconds = 60

/** A run that looks alive is looked at again after so long: if its process died, another finds it by then. */
export const watchSeconds = 10

export interface Next {
  readonly state: JobState
  /** Null: nothing is to be begun now. */
  readonly start: Omit<Beginning, 'id'> | null
  /** What was found to be over though no run ended it. */
  readonly told: readonly Outcome[]
}

/** When somebody has to look after it again. */
export function wakeAt(job: Planned, state: JobState, now: number): number {
  if (state.current !== null) return now + watchSeconds
  if (state.parked !== null) return never
  return Math.min(nextDueAt(job, state), expiresAt(state))
}

/** When the time of the grant is up: then somebody has to end it. */
function expiresAt({ keptUntil }: JobState): number {
  return keptUntil - toldOfSeconds
}

function nextDueAt(job: Planned, state: JobState): number {
  const scheduled = nextInstant(job, state)
  return Math.min(
    state.asked?.at ?? never,
    state.retry?.at ?? never,
    scheduled === null ? never : scheduled + spreadOf(job, state.sub),
  )
}

/** The next instant for its user to read; null where there is none. */
export function nextRunAt(job: Planned, state: JobState, now: number): number | null {
  if (state.parked !== null) return null
  const at = Math.max(nextDueAt(job, state), now)
  return at < Math.min(never, expiresAt(state)) ? at : null
}

/**
 * Decides what is to be begun. Whoever asks is the only one who may (a lease says so), so a run that is still recorded
 * as under way is one whose process has died.
 *
 * @param lookoutSince  since when somebody has been there to run the job without a break
 */
export function claim(
  job: Planned,
  before: JobState,
  now: number,
  lookoutSince: number = now,
): Next {
  const { state, told } = withoutDead(job, before, now)
  if (state.parked !== null) return { state, start: null, told }
  const { retry, asked } = state
  const due = latestInstant(job, state, now)
  // A person who asks while something is due, or waits to be tried again, means that.
  if (asked !== null) {
    const start = due === null && retry ? retry : first(due ?? asked.at, asked.by)
    const claimedUntil = due ?? state.claimedUntil
    const rest = { ...state, claimedUntil, asked: null, retry: null }
    return begun(rest, { ...start, startedBy: asked.by }, told)
  }
  if (due !== null && isMissed(job, state, due, now, lookoutSince))
    return claimMissed(job, state, due, told)
  if (due !== null)
    // What waited to be tried again is done by this one.
    return begun({ ...state, claimedUntil: due, retry: null }, first(due, 'schedule'), told)
  if (retry !== null && retry.at <= now) return begun({ ...state, retry: null }, retry, told)
  // It finds the grant over, and ends it.
  if (expiresAt(state) <= now) return begun(state, first(expiresAt(state), 'schedule'), told)
  return { state, start: null, told }
}

/** What is left when a run has ended. */
export function afterRun(
  job: Planned,
  before: JobState,
  ended: Outcome,
  now: number,
): { readonly state: JobState; readonly told: readonly Outcome[] } {
  const { current } = before
  if (current === null) return { state: before, told: [] }
  const recorded = withRun(before, finished(current, ended, now), job.keptRuns)
  const rest = {
    ...recorded,
    current: null,
    parked: before.parked ?? parkedBy[ended.name] ?? null,
    retry: before.parked === null ? retryOf(job, current, ended, now) : null,
  }
  if (rest.parked !== null) return { state: rest, told: [] }
  const overlapped = latestInstant(job, rest, now)
  if (overlapped === null || job.overlap === 'queue-one') return { state: rest, told: [] }
  const skipped = outcome('skipped', 'The run before was still under way.')
  return { state: leftOut(job, rest, overlapped, skipped), told: [skipped] }
}

const parkedBy: Readonly<Partial<Record<Outcome['name'], JobState['parked']>>> = {
  'grant-broken': 'broken',
  'grant-expired': 'broken',
  'grant-withdrawn': 'withdrawn',
}

/** Seconds into the spread at which a user has their place, always the same. */
export function spreadOf({ name, spreadSeconds }: Planned, sub: string): number {
  if (spreadSeconds === 0) return 0
  const hash = createHash('sha256').update(`${name}\0${sub}`).digest()
  return hash.readUInt32BE(0) % (spreadSeconds + 1)
}

function nextInstant({ schedule }: Planned, { claimedUntil }: JobState): number | null {
  return schedule?.next(claimedUntil) ?? null
}

/** The last instant whose time has come for this user; null where all were begun. */
function latestInstant(job: Planned, state: JobState, now: number): number | null {
  const latest = job.schedule?.latest(now - spreadOf(job, state.sub)) ?? null
  return latest !== null && latest > state.claimedUntil ? latest : null
}

/** Where the policy is to skip: whether nobody was there at its time. Who only waited for others before them is late, and served. */
function isMissed(
  job: Planned,
  state: JobState,
  instant: number,
  now: number,
  lookoutSince: number,
): boolean {
  const lateFrom = instant + spreadOf(job, state.sub) + lateSeconds
  return job.missedRuns === 'skip' && now > lateFrom && lookoutSince > lateFrom
}

function claimMissed(
  job: Planned,
  state: JobState,
  instant: number,
  told: readonly Outcome[],
): Next {
  const missed = outcome('missed', 'Nothing could run at that time.')
  return { state: leftOut(job, state, instant, missed), start: null, told: [...told, missed] }
}

function begun(
  state: JobState,
  { attempt, instant, interruptions, startedBy }: Omit<Beginning, 'id'>,
  told: readonly Outcome[],
): Next {
  return { state, start: { attempt, instant, interruptions, startedBy }, told }
}

function first(instant: number, startedBy: Beginning['startedBy']): Omit<Beginning, 'id'> {
  return { instant, startedBy, attempt: 1, interruptions: 0 }
}

function leftOut(job: Planned, state: JobState, instant: number, why: Outcome): JobState {
  const run = {
    instant,
    startedBy: 'schedule' as const,
    startedAt: instant,
    seconds: 0,
    outcome: why.name,
    detail: why.detail,
  }
  return withRun({ ...state, claimedUntil: instant }, run, job.keptRuns)
}

/** A run that died with its process is told as interrupted, and once tried again. */
export function withoutDead(
  job: Planned,
  state: JobState,
  now: number,
): { readonly state: JobState; readonly told: readonly Outcome[] } {
  if (state.current === null) return { state, told: [] }
  const interrupted = outcome('interrupted', 'It was interrupted.')
  return {
    state: afterInterruption(job, state, state.current, interrupted, now),
    told: [interrupted],
  }
}

function afterInterruption(
  job: Planned,
  state: JobState,
  current: NonNullable<JobState['current']>,
  interrupted: Outcome,
  now: number,
): JobState {
  return {
    ...withRun(state, finished(current, interrupted, now), job.keptRuns),
    current: null,
    retry: retryOf(job, current, interrupted, now),
  }
}

function finished(current: NonNullable<JobState['current']>, ended: Outcome, now: number) {
  const { instant, startedAt, startedBy } = current
  const seconds = Math.max(0, now - startedAt)
  return { instant, startedBy, startedAt, seconds, outcome: ended.name, detail: ended.detail }
}

function retryOf(
  { interrupted, retries }: Planned,
  { attempt, instant, interruptions, startedBy }: Beginning,
  ended: Outcome,
  now: number,
): JobState['retry'] {
  const again = { instant, startedBy, attempt, interruptions }
  if (ended.name === 'interrupted') {
    // A run that brings its process down is not to do so for ever; a process that stops by itself may as often as it likes.
    const counted = interruptions + (ended.retryAfterSeconds === null ? 1 : 0)
    const mayAgain = interrupted === 'run-again' && counted <= 1
    return mayAgain ? { ...again, interruptions: counted, at: now } : null
  }
  if (ended.retryAfterSeconds === null || attempt > retries.times) return null
  const wait = Math.min(retries.longestSeconds, retries.firstSeconds * 4 ** (attempt - 1))
  // Not all users of a provider that was down at the same second.
  const spread = wait * (0.8 + Math.random() * 0.4)
  const seconds = Math.ceil(Math.max(spread, ended.retryAfterSeconds))
  return { ...again, attempt: attempt + 1, at: now + seconds }
}
