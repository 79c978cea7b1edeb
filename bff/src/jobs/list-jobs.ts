import type { JobStates } from './job-states.ts'
import type { Job } from './job.ts'
import { never } from './plan.ts'

/** A job as an operator sees it. Instants are whole seconds since the epoch. */
export interface JobSummary {
  readonly name: string
  readonly grant: string
  /** As cron, each with its time zone; none where it runs only when it is asked to. */
  readonly schedules: readonly string[]
  readonly nextInstant: number | null
  /** Who have connected its grant. */
  readonly users: number
  /** Of those, whose run is due now. */
  readonly due: number
}

export async function listJobs(
  jobs: readonly Job[],
  states: JobStates,
  now: number,
): Promise<readonly JobSummary[]> {
  return Promise.all(
    jobs.map(async (job) => ({
      name: job.name,
      grant: job.grant,
      schedules: job.schedules.map(({ cron, timeZone }) => `${cron} ${timeZone}`),
      nextInstant: job.schedule?.next(now) ?? null,
      users: await states.count(job.name, never),
      due: await states.count(job.name, now),
    })),
  )
}
