import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { digest } from '../base/digest.ts'
import { within } from '../base/within.ts'
import { takeLease, type Lease } from '../keyvalue/lease.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { GrantTokens } from '../offline/grant-tokens.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import type { OfflineGrant } from '../offline/offline-grant.ts'
import { jobCall } from './job-call.ts'
import { JobCallError } from './job-errors.ts'
import { consentOf, toldOfSeconds } from './consent.ts'
import { renewedJobState, withdrawnJobState, type Beginning, type JobState } from './job-state.ts'
import type { JobStates, KeptState } from './job-states.ts'
import type { Job, JobRun } from './job.ts'
import { outcome, outcomeOf, type Outcome } from './outcome.ts'
import type { Pace } from './pace.ts'
import { afterRun, claim, watchSeconds } from './plan.ts'

export interface RunJobParts {
  readonly states: JobStates
  readonly keyValue: KeyValue
  readonly vault: Pick<GrantVault, 'read'>
  readonly grantTokens: GrantTokens
  /** Of token requests, to spare the provider. */
  readonly pace: Pace
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly telemetry: Telemetry
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

/** How long a run that heeds no signal is waited for before it is left to itself. */
const abandonSeconds = 5

/**
 * Begins what is due for one user of a job, and sees it to its end.
 *
 * A lease keeps all others away. Before anything goes out the state says that the instant was begun, and each write is refused
 * where the state has changed meanwhile: so whoever dies leaves a trace, and whoever was overtaken leaves none.
 *
 * @param stopping  fires when the process is to end
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
    await states.remove(job.name, user)
    return 'gone'
  }
  const consent = await vault.read({ sub: kept.state.sub, grant: job.grant })
  if (consent?.grant.connection !== kept.state.connection) {
    await catchUp(parts, job, kept, consent?.grant ?? null)
    return 'gone'
  }
  const { start, state, told } = claim(job, kept.state, clock.now())
  for (const { name } of told) tellEnd(telemetry, job, kept.state, name, null, 0)
  if (start === null) {
    const changed = state === kept.state ? kept : await states.change(kept, state)
    if (changed) await states.arrange(job, changed)
    return 'nothing'
  }
  const tokenIsOver = (consent.grant.token?.expiresAt ?? 0) <= clock.now() + 60
  const hasTurn = tokenIsOver ? await parts.pace.turn(stopping).then(yes, no) : true
  if (!hasTurn) return 'nothing'
  const current = { ...start, id: randomUUID(), startedAt: clock.now() }
  const begun = await states.change(kept, { ...state, current })
  if (!begun) return 'busy'
  await states.arrange(job, begun)
  telemetry.record({
    name: 'job-run-started',
    job: job.name,
    run: current.id,
    sub: state.sub,
    startedBy: current.startedBy,
    attempt: current.attempt,
  })
  const startedAt = clock.milliseconds()
  const ended = await carriedOut(parts, job, begun, current, lease, stopping)
  const seconds = (clock.milliseconds() - startedAt) / 1000
  await patiently(() => settle(parts, job, begun, current, ended, seconds))
  return ended
}

/** The grant was withdrawn or connected anew, and whoever did it died before it told the jobs. */
async function catchUp(
  { clock, states }: RunJobParts,
  job: Job,
  kept: KeptState,
  grant: OfflineGrant | null,
): Promise<void> {
  const state =
    grant === null
      ? withdrawnJobState(kept.state, clock.now() + toldOfSeconds)
      : renewedJobState(kept.state, consentOf(grant), clock.now())
  const changed = await states.change(kept, state)
  if (changed) await states.arrange(job, changed)
}

/** Writes down how it ended, unless the state is another's by now. */
async function settle(
  { clock, states, telemetry }: RunJobParts,
  job: Job,
  begun: KeptState,
  current: Beginning,
  ended: Outcome,
  seconds: number,
): Promise<void> {
  let known: KeptState | null = begun
  while (known !== null && known.state.current?.id === current.id) {
    const { state, told } = afterRun(job, known.state, ended, clock.now())
    const kept: KeptState | null = await states.change(known, state)
    if (kept !== null) {
      tellEnd(telemetry, job, state, ended.name, current.id, seconds, state.retry?.at)
      for (const { name } of told) tellEnd(telemetry, job, state, name, null, 0)
      await states.arrange(job, kept)
      return
    }
    // The user may have asked for a run meanwhile, which is no reason to forget this one.
    known = await states.read(job.name, begun.user)
  }
  // It was overtaken, and what it did is for the log alone.
  tellEnd(telemetry, job, begun.state, ended.name, current.id, seconds)
}

function tellEnd(
  telemetry: Telemetry,
  job: Job,
  { sub }: JobState,
  outcome: Outcome['name'],
  run: string | null,
  seconds: number,
  retryAt: number | null = null,
): void {
  const name = 'job-run-ended' as const
  telemetry.record({ name, job: job.name, run, sub, outcome, seconds, retryAt })
}

async function carriedOut(
  parts: RunJobParts,
  job: Job,
  { state, user }: KeptState,
  current: Beginning,
  lease: Lease,
  stopping: AbortSignal,
): Promise<Outcome> {
  const stop = new AbortController()
  const end = (why: Outcome) => stop.abort(why)
  const owner = { sub: state.sub, grant: job.grant }
  const timer = setTimeout(end, job.timeoutSeconds * 1000, timedOut(job))
  const onStopping = () => end(stopping.reason === 'withdrawn' ? withdrawn : interrupted)
  stopping.addEventListener('abort', onStopping)
  if (stopping.aborted) onStopping()
  const watch = setInterval(
    () => {
      watchOver(parts, job, user, owner, state.connection, lease)
        .then((why) => why && end(why))
        // While the store can't be reached the guard before it says so in the log.
        .catch(() => {})
    },
    (watchSeconds * 1000) / 4,
  )
  try {
    return await withSignal(parts, job, state, current, lease, stop.signal)
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    stopping.removeEventListener('abort', onStopping)
  }
}

async function withSignal(
  parts: RunJobParts,
  job: Job,
  state: JobState,
  current: Beginning,
  lease: Lease,
  signal: AbortSignal,
): Promise<Outcome> {
  const { fetch, grantTokens, telemetry } = parts
  const owner = { sub: state.sub, grant: job.grant }
  const idempotencyKey = digest(`${job.name}\0${state.sub}\0${current.instant}`)
  const fresh = () => grantTokens.fresh(owner, state.connection)
  const call = jobCall({
    api: job.api,
    fetch,
    signal,
    idempotencyKey,
    fresh,
    renewed: (refused) => grantTokens.renewed(owner, refused, state.connection),
    mayGoOn: () => lease.isHeld(),
  })
  const work = async () => {
    // Before the job is asked: with a grant that is of no use it has nothing to do.
    const token = await fresh()
    if (!token.ok) throw new JobCallError(token.error.kind, undefined, waitOf(token.error))
    if (signal.aborted) throw new JobCallError('stopped')
    const run: JobRun = {
      call,
      user: { sub: state.sub },
      scopes: token.value.scopes,
      missingScopes: token.value.missingScopes,
      signal,
      log: (text) =>
        telemetry.record({
          name: 'job-said',
          job: job.name,
          run: current.id,
          text: text.slice(0, mostLogged),
        }),
      startedBy: current.startedBy,
      instant: current.instant,
      attempt: current.attempt,
      idempotencyKey,
    }
    return job.run(run)
  }
  return endOf(parts, job, current, work(), signal)
}

const yes = () => true
const no = () => false

/** A store that is away for a moment is no reason to forget what was done, and to do it again. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === settleTries) throw error
      await pause(settlePauseMilliseconds)
    }
  }
}

const settleTries = 20
const settlePauseMilliseconds = 500

const mostLogged = 1000
const mostTold = 200

async function endOf(
  { telemetry }: RunJobParts,
  job: Job,
  current: Beginning,
  work: Promise<string | void>,
  signal: AbortSignal,
): Promise<Outcome> {
  const worked = work.then(
    (said) => outcome('done', typeof said === 'string' ? said.slice(0, mostTold) : null),
    (error: unknown) => {
      if (!signal.aborted) {
        const detail = describeCause(error)
        telemetry.record({ name: 'job-run-failed', job: job.name, run: current.id, detail })
      }
      return outcomeOf(error)
    },
  )
  const stopped = Promise.withResolvers<'stopped'>()
  const onAbort = () => stopped.resolve('stopped')
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const first = await Promise.race([worked, stopped.promise])
  signal.removeEventListener('abort', onAbort)
  if (first !== 'stopped' && !signal.aborted) return first
  const ended =
    first === 'stopped' ? await within(abandonSeconds, worked, 'abandoned' as const) : first
  if (ended === 'abandoned')
    telemetry.record({ name: 'job-run-abandoned', job: job.name, run: current.id })
  // It came through just as it was to stop.
  else if (ended.name === 'done') return ended
  return signal.reason as Outcome
}

/** Keeps the run from being taken for dead. @returns why it is to stop, if it is */
async function watchOver(
  { clock, states, vault }: RunJobParts,
  job: Job,
  user: string,
  owner: { readonly sub: string; readonly grant: string },
  connection: string,
  lease: Lease,
): Promise<Outcome | null> {
  if (!(await lease.isHeld())) return interrupted
  const kept = await vault.read(owner)
  if (kept?.grant.connection !== connection) return withdrawn
  await states.postpone(job.name, user, clock.now() + watchSeconds)
  return null
}

const interrupted = outcome('interrupted', 'It was interrupted.')
const withdrawn = outcome('grant-withdrawn', 'The connection was withdrawn.')

function timedOut({ timeoutSeconds }: Job): Outcome {
  return outcome('timed-out', `It took longer than ${timeoutSeconds} s.`)
}

function waitOf(failure: { readonly kind: string }): number | null {
  return 'retryAfterSeconds' in failure && typeof failure.retryAfterSeconds === 'number'
    ? failure.retryAfterSeconds
    : null
}
