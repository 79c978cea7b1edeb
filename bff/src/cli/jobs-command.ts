import { nearestName } from '../options/nearest-name.ts'
import { commandLine } from './command-line.ts'
import { jobsAlone } from './jobs-alone.ts'
import { listJobs } from './list-jobs.ts'
import { runJobNow } from './run-job-now.ts'
import { wrong as wrongLine } from './wrong.ts'

const known = ['list', 'run']

/** `strongroom jobs …` @returns the exit code */
export async function jobsCommand(args: readonly string[]): Promise<number> {
  const line = commandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      user: { type: 'string' },
      all: { type: 'boolean' },
      json: { type: 'boolean' },
      'ops-port': { type: 'string' },
    },
  })
  if (typeof line === 'string') return wrong(line)
  const { positionals, values } = line
  const [what, job, ...more] = positionals
  const { all = false, json = false, user } = values
  const opsPort = values['ops-port']
  if (what === undefined)
    return all || json || user !== undefined
      ? wrong('--user, --all and --json belong to list or run.')
      : jobsAlone(opsPort)
  if (!known.includes(what)) return wrong(unknownWord(what))
  if (opsPort !== undefined) return wrong('--ops-port belongs to what runs until it is stopped.')
  if (what === 'list')
    return job === undefined && !all && user === undefined
      ? listJobs(json)
      : wrong('list takes nothing but --json.')
  if (job === undefined || more.length > 0) return wrong('run takes the name of one job.')
  if (all === (user !== undefined)) return wrong('run takes either --user <sub> or --all.')
  // Such as of a shell's variable that is not set.
  if (user === '') return wrong('--user needs the name of a user.')
  return runJobNow({ job, sub: user ?? null, json })
}

function unknownWord(word: string): string {
  const nearest = nearestName(word, known)
  return `jobs has no ${JSON.stringify(word)}.${nearest === null ? '' : ` Did you mean ${nearest}?`}`
}

function wrong(text: string): number {
  return wrongLine(text, 'jobs')
}
