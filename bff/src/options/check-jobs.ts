import { readSchedule } from '../base/schedule.ts'
import type { JobOptions, RetryOptions } from '../jobs/job.ts'
import type { JobRunnerOptions } from './job-options.ts'
import { nearestName } from './nearest-name.ts'
import type { Fault } from './fault.ts'
import { oneOf, wholeNumber, type Rule } from './rules.ts'
import { group, isRecord, numberThat, text, textThat, type Shape, type Shapes } from './shapes.ts'

/** No I/O. What is wrong with the jobs, job by job: `jobs[1].schedule …`. */

export interface JobSurroundings {
  /** Of the rows that take a token, and demand nothing of the sign-in. */
  readonly prefixes: readonly string[]
  readonly grants: readonly string[]
}

const daySeconds = 86_400

const name: Rule<string> = (value) =>
  /^[a-z][a-z\d]*(-[a-z\d]+)*$/.test(value) && value.length <= 64
    ? null
    : 'is no name. Use up to 64 lowercase letters, digits and hyphens between them, such as nightly-digest.'

const schedule: Shape = (value, option) => {
  if (Array.isArray(value))
    return value.flatMap((one: unknown, index) => oneSchedule(one, `${option}[${index}]`))
  return oneSchedule(value, option)
}

const scheduleShape = group({ cron: text, timeZone: text } satisfies Shapes<'cron' | 'timeZone'>)

const oneSchedule: Shape = (value, option) => {
  if (typeof value === 'string') return judged(value, 'UTC', option)
  const faults = scheduleShape(value, option)
  if (faults.length > 0 || !isRecord(value)) return faults
  const { cron = '', timeZone = 'UTC' } = value
  return judged(String(cron), String(timeZone), option)
}

function judged(cron: string, timeZone: string, option: string): readonly Fault[] {
  const read = readSchedule({ cron, timeZone })
  return read.ok ? [] : [{ option, text: read.error }]
}

const retries: Shapes<keyof RetryOptions> = {
  times: numberThat(wholeNumber(0, 100)),
  firstSeconds: numberThat(wholeNumber(1, daySeconds)),
  longestSeconds: numberThat(wholeNumber(1, daySeconds)),
}

const run: Shape = (value, option) =>
  typeof value === 'function'
    ? []
    : [{ option, text: 'is no function. Give what the job does: run({ call }) { … }' }]

function shapeOf({ grants, prefixes }: JobSurroundings): Shape {
  return group({
    name: textThat(name),
    grant: textThat(among('grant', 'grants', grants)),
    schedule,
    api: textThat(among('row that takes a token and demands no sign-in', 'upstreams', prefixes)),
    spreadSeconds: numberThat(wholeNumber(0, daySeconds)),
    missedRuns: textThat(oneOf('run-once', 'skip')),
    overlap: textThat(oneOf('skip', 'queue-one')),
    interrupted: textThat(oneOf('run-again', 'leave')),
    concurrency: numberThat(wholeNumber(1, 1000)),
    timeoutSeconds: numberThat(wholeNumber(1, daySeconds)),
    retries: group(retries),
    keptRuns: numberThat(wholeNumber(1, 100)),
    run,
  } satisfies Shapes<keyof JobOptions>)
}

export function checkJobs(jobs: unknown, surroundings: JobSurroundings): readonly Fault[] {
  if (!Array.isArray(jobs)) return [{ option: 'jobs', text: 'is not a list of jobs.' }]
  const shape = shapeOf(surroundings)
  return jobs.flatMap((job: unknown, index) => {
    const option = `jobs[${index}]`
    // What is missing is told by the rule for what is empty.
    const filled = isRecord(job)
      ? { ...job, name: job['name'] ?? '', grant: job['grant'] ?? '', run: job['run'] ?? null }
      : job
    return [...shape(filled, option), ...twice(filled, option, jobs.slice(0, index))]
  })
}

const runnerShape = group({
  where: textThat(oneOf('here', 'elsewhere')),
  tokenRequestsPerSecond: numberThat((value) =>
    value >= 0 && value <= 10_000 ? null : 'is not a number from 0 (no limit) to 10000.',
  ),
} satisfies Shapes<keyof JobRunnerOptions>)

export function checkJobRunner(runner: unknown): readonly Fault[] {
  return runnerShape(runner, 'jobRunner')
}

function among(what: string, option: string, known: readonly string[]): Rule<string> {
  return (value) => {
    if (known.includes(value)) return null
    if (known.length === 0) return `names no ${what}, as there is none. Add it to ${option}.`
    const nearest = nearestName(value, known)
    const cure = nearest === null ? `Known are ${known.join(', ')}.` : `Did you mean ${nearest}?`
    return `names no ${what}. ${cure}`
  }
}

function twice(job: unknown, option: string, earlier: readonly unknown[]): readonly Fault[] {
  if (!isRecord(job) || job['name'] === '') return []
  const other = earlier.findIndex((one) => isRecord(one) && one['name'] === job['name'])
  return other === -1
    ? []
    : [{ option: `${option}.name`, text: `is that of jobs[${other}], too. Give it another.` }]
}
