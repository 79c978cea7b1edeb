import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { digest } from '../base/digest.ts'
import type { DpopNonces } from '../base/dpop-nonces.ts'
import { within } from '../base/within.ts'
import type { Lease } from '../keyvalue/lease.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { GrantTokens } from '../offline/grant-tokens.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import { jobCall, tokenGiven, type JobCallParts } from './job-call.ts'
import { JobCallError } from './job-errors.ts'
import type { Beginning } from './job-state.ts'
import type { JobStates, KeptState } from './job-states.ts'
import type { Job, JobRun } from './job.ts'
import { outcome, outcomeOf, type Outcome } from './outcome.ts'
import type { Pace } from './pace.ts'
import { watchSeconds } from './plan.ts'

export interface CarryOutParts {
  readonly states: JobStates
  readonly vault: Pick<GrantVault, 'read' | 'isKept'>
  readonly grantTokens: GrantTokens
  readonly nonces: DpopNonces
  readonly fetch: typeof fetch
  /** The same with our certificate. */
  readonly certifiedFetch: typeof fetch
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** One run, from its beginning. */
export interface Begun {
  readonly job: Job
  readonly begun: KeptState
  readonly current: Beginning
  readonly lease: Lease
  /** Of its token requests. */
  readonly pace: Pace
  readonly stopping: AbortSignal
}

/** How long a run that heeds no signal is waited for before it is left to itself. */
const abandonSeconds = 5

const interrupted = outcome('interrupted', 'It was interrupted.')
/** By a process that ends in good order, which is no fault of the run's. */
const stopped = outcome('interrupted', 'It was interrupted.', 0)
const withdrawn = outcome('grant-withdrawn', 'The connection was withdrawn.')

/** Has a job do its work for one user, and says how that ended: it never throws, and never takes much longer than it may. */
export async function carryOut(parts: CarryOutParts, run: Begun): Promise<Outcome> {
  const { job, stopping } = run
  const stop = new AbortController()
  const end = (why: Outcome) => stop.abort(why)
  const timer = setTimeout(end, job.timeoutSeconds * 1000, timedOut(job))
  const onStopping = () => end(stopping.reason === 'withdrawn' ? withdrawn : stopped)
  stopping.addEventListener('abort', onStopping)
  if (stopping.aborted) onStopping()
  const watch = setInterval(
    () => {
      watchOver(parts, run)
        .then((why) => why && end(why))
        // While the store can't be reached the guard before it says so in the log.
        .catch(() => {})
    },
    (watchSeconds * 1000) / 4,
  )
  try {
    return await endOf(parts, run, work(parts, run, stop.signal), stop.signal)
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    stopping.removeEventListener('abort', onStopping)
  }
}

async function work(
  { clock, fetch, certifiedFetch, grantTokens, nonces, telemetry }: CarryOutParts,
  { begun: { state }, current, job, lease, pace }: Begun,
  signal: AbortSignal,
): Promise<string | void> {
  const owner = { sub: state.sub, grant: job.grant }
  const idempotencyKey = digest(`${job.name}\0${state.sub}\0${current.instant}`)
  const turn = () => pace.turn(signal)
  const parts: JobCallParts = {
    api: job.api,
    fetch: job.clientCertificate ? certifiedFetch : fetch,
    nonces,
    clock,
    signal,
    idempotencyKey,
    fresh: () => grantTokens.fresh(owner, state.connection, turn),
    renewed: (refused) => grantTokens.renewed(owner, refused, state.connection, turn),
    mayGoOn: () => lease.isHeld(),
  }
  // Before the job is asked: with a grant that is of no use it has nothing to do.
  const token = tokenGiven(await parts.fresh())
  if (signal.aborted) throw new JobCallError('stopped')
  const log = (text: string) =>
    telemetry.record({
      name: 'job-said',
      job: job.name,
      run: current.id,
      text: text.slice(0, mostLogged),
    })
  const { attempt, instant, startedBy } = current
  const { missingScopes, scopes } = token
  const run: JobRun = {
    call: jobCall(parts),
    user: { sub: state.sub },
    scopes,
    missingScopes,
    signal,
    log,
    startedBy,
    instant,
    attempt,
    idempotencyKey,
  }
  return job.run(run)
}

const mostLogged = 1000
const mostTold = 200

async function endOf(
  { telemetry }: CarryOutParts,
  { current, job }: Begun,
  working: Promise<string | void>,
  signal: AbortSignal,
): Promise<Outcome> {
  const names = { job: job.name, run: current.id }
  const worked = working.then(
    (said) => outcome('done', typeof said === 'string' ? said.slice(0, mostTold) : null),
    (error: unknown) => {
      if (!signal.aborted)
        telemetry.record({ name: 'job-run-failed', ...names, detail: describeCause(error) })
      return outcomeOf(error)
    },
  )
  const first = await Promise.race([worked, firing(signal)])
  if (first !== null && !signal.aborted) return first
  const ended = first ?? (await within(abandonSeconds, worked, null))
  if (ended === null) telemetry.record({ name: 'job-run-abandoned', ...names })
  // It came through just as it was to stop.
  return ended?.name === 'done' ? ended : (signal.reason as Outcome)
}

function firing(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>()
  signal.addEventListener('abort', () => resolve(null), { once: true })
  if (signal.aborted) resolve(null)
  return promise
}

/** Keeps the run from being taken for dead. @returns why it is to stop, if it is */
async function watchOver(
  { clock, states, vault }: CarryOutParts,
  { begun: { state, user }, job, lease }: Begun,
): Promise<Outcome | null> {
  if (!(await lease.isHeld())) return interrupted
  const owner = { sub: state.sub, grant: job.grant }
  const kept = await vault.read(owner)
  // What an instance with a newer key has sealed anew does not open here, and is not withdrawn.
  const isThere = kept ? kept.grant.connection === state.connection : await vault.isKept(owner)
  if (!isThere) return withdrawn
  await states.postpone(job.name, user, clock.now() + watchSeconds)
  return null
}

function timedOut({ timeoutSeconds }: Job): Outcome {
  return outcome('timed-out', `It took longer than ${timeoutSeconds} s.`)
}
