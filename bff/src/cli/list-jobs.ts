import type { JobSummary } from '../jobs/list-jobs.ts'
import { listPatiently } from './list-patiently.ts'
import { openBff } from './open-bff.ts'
import { silent } from './silent.ts'
import { table } from './table.ts'

/** `strongroom jobs list` @returns the exit code */
export async function listJobs(json: boolean): Promise<number> {
  const opened = await openBff(silent)
  if (!opened) return 2
  const jobs = await listPatiently(opened.bff.jobs)
  await opened.bff.close()
  if (!jobs) return 1
  process.stdout.write(json ? jobs.map((job) => `${JSON.stringify(job)}\n`).join('') : shown(jobs))
  return 0
}

function shown(jobs: readonly JobSummary[]): string {
  if (jobs.length === 0) return 'There are no jobs. Add some to strongroom.config.ts.\n'
  const rows = jobs.flatMap(({ due, grant, name, nextInstant, schedules, users }) =>
    (schedules.length === 0 ? ['when asked to'] : schedules).map((schedule, index) =>
      index === 0
        ? [name, grant, schedule, instant(nextInstant), String(users), String(due)]
        : ['', '', schedule, '', '', ''],
    ),
  )
  return table(['JOB', 'GRANT', 'SCHEDULE', 'NEXT (UTC)', 'USERS', 'DUE'], rows, [4, 5])
}

function instant(seconds: number | null): string {
  return seconds === null
    ? '–'
    : new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}
