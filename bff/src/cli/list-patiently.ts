import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../base/failure.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { JobSummary } from '../jobs/list-jobs.ts'

const patienceSeconds = 10
const pauseMilliseconds = 250

/**
 * What jobs there are, as soon as the store answers: a command has just opened it, and is in no such hurry as a call.
 *
 * @returns null when it does not, which is told then
 */
export async function listPatiently(jobs: Jobs | null): Promise<readonly JobSummary[] | null> {
  const giveUpAt = performance.now() + patienceSeconds * 1000
  for (;;) {
    try {
      return jobs === null ? [] : await jobs.list()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (performance.now() > giveUpAt) break
      await pause(pauseMilliseconds)
    }
  }
  process.stderr.write(`The store did not answer for ${patienceSeconds} s. See to STORE_URL.\n`)
  return null
}
