import type { Schedule, ScheduleText } from '../base/schedule.ts'

/** What a job may use while it runs, for one user. */
export interface JobRun {
  /**
   * A `fetch` that is bound to the job's API and to the user. It takes a path below the API's base (`/notes?since=7`), or a URL
   * of the API itself, and nothing else; it sets `Authorization`, has the token refreshed when it is due and once when the
   * API answers 401, and follows no redirect that leads away from the API.
   *
   * Answers are given as they come, refusals too: {@link expectOk} makes an error of those. Throws a {@link JobCallError} when
   * no answer came, the grant is of no use any more, or the run is to stop.
   */
  readonly call: JobCall
  readonly user: { readonly sub: string }
  /** What the user's grant allows now, and what was consented to and is given no longer. */
  readonly scopes: readonly string[]
  readonly missingScopes: readonly string[]
  /** Fires when the run is to stop: over its time, withdrawn, taken over by another, or the server stops. */
  readonly signal: AbortSignal
  /** Writes a line into the log, beside the names of the job and the run. Keep what is the user's out of it. */
  readonly log: (text: string) => void
  readonly startedBy: StartedBy
  /** For which instant it runs, in seconds since the epoch: that of the schedule, not that of the start. */
  readonly instant: number
  /** 1 for the first try. */
  readonly attempt: number
  /**
   * The same for every try of one due instant, and for no other: an API that is told it with `idempotent` in a call can tell a
   * try that comes again from a new one.
   */
  readonly idempotencyKey: string
}

export type JobCall = (path: string | URL, init?: JobCallInit) => Promise<Response>

export interface JobCallInit extends Omit<RequestInit, 'redirect' | 'mode' | 'credentials'> {
  /**
   * Sends the run's key as `Idempotency-Key`. A run that makes several such calls tells them apart by a text, which becomes a
   * part of the key. @default false
   */
  readonly idempotent?: boolean | string
  /** How long the answer may take to begin. @default 30 */
  readonly timeoutSeconds?: number
}

export type StartedBy = 'schedule' | 'user' | 'operator'

/** A job as it is configured. */
export interface JobOptions {
  /** Lowercase letters, digits and hyphens. What has run is remembered under it. */
  readonly name: string
  /** The name of the grant that it acts by. */
  readonly grant: string
  /**
   * When it is due, as cron: one schedule or several. Without any it runs when it is asked to.
   *
   * @example ['0 2 * * *', { cron: '0 12 * * 1-5', timeZone: 'Europe/Berlin' }]
   */
  readonly schedule?: JobSchedule | readonly JobSchedule[]
  /** The row of `upstreams` that it calls, by its prefix. @default the first row that takes a token */
  readonly api?: `/${string}`
  /**
   * Over how long the users of one due instant are spread, so that the API and the provider are not asked by all of them at
   * once. A user's place is always the same. In seconds. @default 60
   */
  readonly spreadSeconds?: number
  /**
   * What becomes of instants at which nothing could run, as nobody was there to run it. `run-once`: one run makes up for all
   * of them. `skip`: what nobody was there for within a minute is left out; who only waited for others is not. @default 'run-once'
   */
  readonly missedRuns?: 'run-once' | 'skip'
  /**
   * What becomes of an instant that comes while the user's run before is still under way. `skip`: it is left out.
   * `queue-one`: one more run follows. @default 'skip'
   */
  readonly overlap?: 'skip' | 'queue-one'
  /**
   * What becomes of a run whose process died. `run-again`: it is tried once more, with the same key. `leave`: it stays
   * recorded as interrupted. @default 'run-again'
   */
  readonly interrupted?: 'run-again' | 'leave'
  /** How many users' runs are under way at a time, in one process. @default 10 */
  readonly concurrency?: number
  /** How long one run may take. Then its `signal` fires, and no call goes out any more. @default 60 */
  readonly timeoutSeconds?: number
  readonly retries?: RetryOptions
  /** How many runs of a user are remembered. @default 10 */
  readonly keptRuns?: number
  /** @returns a sentence for the user about what was done, or nothing */
  readonly run: (run: JobRun) => Promise<string | void> | string | void
}

/** Of what may be better later: no answer, 5xx, 408, 429, a provider that is down, {@link RetryLater}. */
export interface RetryOptions {
  /** How many times after the first. @default 5 */
  readonly times?: number
  /** Until the first retry; each wait is four times the one before. In seconds. @default 30 */
  readonly firstSeconds?: number
  /** No wait is longer. In seconds. @default 3600 */
  readonly longestSeconds?: number
}

/** A cron schedule, in UTC unless it names its time zone. */
export type JobSchedule = string | { readonly cron: string; readonly timeZone?: string }

/** A job, checked and with every default filled in. */
export interface Job {
  readonly name: string
  readonly grant: string
  /** Null: it runs only when it is asked to. */
  readonly schedule: Schedule | null
  /** The same for people to read. */
  readonly schedules: readonly ScheduleText[]
  /** Changes with whatever the agenda depends on. */
  readonly fingerprint: string
  /** Base URL of the API that it calls. */
  readonly api: URL
  /** Whether our certificate is shown to it. */
  readonly clientCertificate: boolean
  readonly spreadSeconds: number
  readonly missedRuns: 'run-once' | 'skip'
  readonly overlap: 'skip' | 'queue-one'
  readonly interrupted: 'run-again' | 'leave'
  readonly concurrency: number
  readonly timeoutSeconds: number
  readonly retries: Required<RetryOptions>
  readonly keptRuns: number
  readonly run: JobOptions['run']
}
