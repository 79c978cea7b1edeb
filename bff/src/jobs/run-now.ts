import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import { askForRun } from './ask-for-run.ts'
import type { JobRunner } from './job-runner.ts'
import { userOf, type JobStates } from './job-states.ts'
import type { Job } from './job.ts'

export interface NowOptions {
  /** Null: everybody who has connected the grant. */
  readonly sub: string | null
  /** Begins no more runs once it fires. */
  readonly signal?: AbortSignal
}

/** How one user's run ended, or why there was none. */
export interface RanNow {
  readonly sub: string
  /** An outcome, or `busy` (another process is at it), `not-connected` or `grant-broken`. */
  readonly outcome: string
  readonly detail: string | null
  readonly seconds: number
  /** Whether the job's runner tries it again by itself. */
  readonly willRetry: boolean
}

export interface RunNowParts {
  readonly states: JobStates
  readonly runner: Pick<JobRunner, 'runOf'>
  readonly clock: Clock
  /** Enters those who had connected the grant before the job was there. */
  readonly prepare: (job: Job) => Promise<void>
}

/** Runs a job at once for one user or for all, as many at a time as the job may. */
export async function* runNow(
  parts: RunNowParts,
  job: Job,
  { signal, sub }: NowOptions,
): AsyncIterable<RanNow> {
  await patiently(async () => {
    await parts.prepare(job)
    return true
  })
  const users = sub === null ? parts.states.users(job.name) : only(userOf(sub))
  const underWay = new Set<Promise<void>>()
  const ended: RanNow[] = []
  for await (const user of users) {
    if (signal?.aborted) break
    const run: Promise<void> = runOne(parts, job, user, sub).then((ran) => {
      underWay.delete(run)
      if (ran) ended.push(ran)
    })
    // Whoever waits for it below is told.
    run.catch(() => {})
    underWay.add(run)
    if (underWay.size >= job.concurrency) await Promise.race(underWay)
    yield* ended.splice(0)
  }
  await Promise.all(underWay)
  yield* ended.splice(0)
}

async function* only(user: string): AsyncIterable<string> {
  yield user
}

async function runOne(
  { clock, runner, states }: RunNowParts,
  job: Job,
  user: string,
  named: string | null,
): Promise<RanNow | null> {
  const sub = named ?? (await states.read(job.name, user))?.state.sub
  // Its time is over, and nobody has looked since.
  if (sub === undefined) return null
  const startedAt = clock.milliseconds()
  const none = { sub, detail: null, seconds: 0, willRetry: false }
  const asked = await patiently(() => askForRun(states, job, sub, 'operator', clock.now()))
  if (asked === null) return { ...none, outcome: 'store-unreachable' }
  if (asked === 'not-connected') return { ...none, outcome: 'not-connected' }
  if (asked === 'broken') return { ...none, outcome: 'grant-broken' }
  // It is recorded as asked for, so whoever runs the jobs takes it up.
  const ended = await runner.runOf(job, user).catch(nullIfStoreIsAway)
  if (ended === null) return { ...none, outcome: 'store-unreachable', willRetry: true }
  if (typeof ended === 'string')
    return { ...none, outcome: ended === 'gone' ? 'not-connected' : 'busy' }
  return {
    sub,
    outcome: ended.name,
    detail: ended.detail,
    seconds: (clock.milliseconds() - startedAt) / 1000,
    willRetry: ended.retryAfterSeconds !== null,
  }
}

const mostTries = 10
const pauseMilliseconds = 500

/** One answer of a store that comes too late is no reason to leave a user out. @returns null where it stays away */
async function patiently<T>(work: () => Promise<T>): Promise<T | null> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (tries > 0) await pause(pauseMilliseconds)
    const answer = await work().catch(nullIfStoreIsAway)
    if (answer !== null) return answer
  }
  return null
}

function nullIfStoreIsAway(error: unknown): null {
  if (error instanceof Refusal && error.failure.kind === 'store-unreachable') return null
  throw error
}
