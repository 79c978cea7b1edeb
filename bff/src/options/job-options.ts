import { earliestOf, readSchedule, type Schedule, type ScheduleText } from '../base/schedule.ts'
import type { Job, JobOptions, JobSchedule } from '../jobs/job.ts'
import type { Upstream } from '../proxy/upstream.ts'

/** No I/O. */

/**
 * Says nothing; lets an editor check a job as it is typed.
 *
 * @example
 * export const digest = defineJob({
 *   name: 'nightly-digest',
 *   grant: 'digest',
 *   schedule: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
 *   async run({ call }) {
 *     const notes = await (await expectOk(call('/notes'))).json()
 *     await expectOk(call('/digests', { method: 'POST', body: JSON.stringify(notes), idempotent: true }))
 *     return `Summed up ${notes.length} notes.`
 *   },
 * })
 */
export function defineJob(job: JobOptions): JobOptions {
  return job
}

/** How jobs are run. */
export interface JobRunnerOptions {
  /**
   * `here`: in this process, beside the calls of browsers. `elsewhere`: by `strongroom jobs`, which has the same settings.
   * @default 'here'
   */
  readonly where?: 'here' | 'elsewhere'
  /**
   * How many times a second jobs may ask the provider for a token, over all instances that share the store; 0 for no limit.
   * @default 10
   */
  readonly tokenRequestsPerSecond?: number
}

export const jobDefaults = {
  where: 'here',
  tokenRequestsPerSecond: 10,
  spreadSeconds: 60,
  concurrency: 10,
  timeoutSeconds: 60,
  keptRuns: 10,
  retries: { times: 5, firstSeconds: 30, longestSeconds: 3600 },
} as const

/** With its defaults filled in. To be called with what {@link checkJobs} finds no fault with. */
export function resolveJob(options: JobOptions, upstreams: readonly Upstream[]): Job {
  const schedules = schedulesOf(options.schedule)
  const api = apiOf(options, upstreams)
  const spreadSeconds = options.spreadSeconds ?? jobDefaults.spreadSeconds
  return {
    name: options.name,
    grant: options.grant,
    schedule: schedules.length === 0 ? null : earliestOf(schedules.map(known)),
    schedules,
    fingerprint: JSON.stringify([schedules, spreadSeconds]),
    api: api.target,
    clientCertificate: api.clientCertificate ?? false,
    spreadSeconds,
    missedRuns: options.missedRuns ?? 'run-once',
    overlap: options.overlap ?? 'skip',
    interrupted: options.interrupted ?? 'run-again',
    concurrency: options.concurrency ?? jobDefaults.concurrency,
    timeoutSeconds: options.timeoutSeconds ?? jobDefaults.timeoutSeconds,
    retries: { ...jobDefaults.retries, ...options.retries },
    keptRuns: options.keptRuns ?? jobDefaults.keptRuns,
    run: options.run,
  }
}

function schedulesOf(said: JobOptions['schedule']): readonly ScheduleText[] {
  const list: readonly JobSchedule[] =
    said === undefined
      ? []
      : Array.isArray(said)
        ? (said as readonly JobSchedule[])
        : [said as JobSchedule]
  return list.map((one) =>
    typeof one === 'string'
      ? { cron: one, timeZone: 'UTC' }
      : { cron: one.cron, timeZone: one.timeZone ?? 'UTC' },
  )
}

/** The rows that a job may call: those that take a token of a user's, as a grant gives it. */
export function callable(upstreams: readonly Upstream[]): readonly Upstream[] {
  return upstreams.filter(
    ({ acrValues, dpop, maxAge, token }) =>
      token !== 'none' &&
      token !== 'client' &&
      dpop !== false &&
      // Who is away can't sign in anew.
      acrValues === undefined &&
      maxAge === undefined,
  )
}

function apiOf({ api }: JobOptions, upstreams: readonly Upstream[]): Upstream {
  const rows = callable(upstreams)
  const row = api === undefined ? rows[0] : rows.find(({ prefix }) => prefix === api)
  if (!row) throw new TypeError('a job without an API')
  return row
}

function known(text: ScheduleText): Schedule {
  const read = readSchedule(text)
  if (!read.ok) throw new TypeError(read.error)
  return read.value
}
