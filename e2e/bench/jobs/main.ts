import { parseArgs } from 'node:util'
import { describeMachine } from '../machine/describe.ts'
import { median } from '../numbers/statistics.ts'
import { markdownTable } from '../report/table.ts'
import { measureJobs, type JobsCase, type JobsFigures } from './measure-jobs.ts'

const usage = `npm run bench:jobs -- [--grants <number>] [--rounds <number>] [--only <sqlite|redis|limited>]

One runner of jobs, and so many users who are all due at the same moment: how many a second it serves, what it takes of
memory, and what the provider gets of it, with a limit and without. Linux only.
`

const { values } = parseArgs({
  options: {
    grants: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const head = [
  'store',
  'limit, tokens a second',
  'rounds',
  'runs',
  'seconds',
  'grants a second',
  'token requests',
  'of them refused',
  'most in a second',
  'CPU of the runner',
  'memory before',
  'most memory',
]

// What was started ends with this process, if it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
if (values.help) process.stdout.write(usage)
else await main(Number(values.grants), Number(values.rounds))

async function main(grants: number, rounds: number): Promise<void> {
  process.stdout.write(`${describeMachine()}\n\n`)
  const all: readonly JobsCase[] = [
    { store: 'sqlite', grants, concurrency: 10, tokensPerSecond: 0 },
    { store: 'redis', grants, concurrency: 10, tokensPerSecond: 0 },
    // A limit that the machine could go beyond, and what comes of it soon enough to wait for.
    { store: 'sqlite', grants: Math.min(grants, 2000), concurrency: 10, tokensPerSecond: 20 },
  ]
  const cases = all.filter((one) => (values.only ?? nameOf(one)) === nameOf(one))
  const rows: string[][] = []
  for (const one of cases) {
    const figures: JobsFigures[] = []
    // What is paced takes its time, and takes the same each time.
    for (let round = 0; round < (one.tokensPerSecond > 0 ? 1 : rounds); round += 1) {
      const round = await measureJobs(one)
      process.stdout.write(`${JSON.stringify({ ...one, ...round })}\n`)
      figures.push(round)
    }
    rows.push(row(one, figures))
  }
  process.stdout.write(`\n${markdownTable(head, rows)}\n`)
}

function nameOf({ store, tokensPerSecond }: JobsCase): string {
  return tokensPerSecond > 0 ? 'limited' : store
}

function row(one: JobsCase, rounds: readonly JobsFigures[]): string[] {
  const of = (value: (figures: JobsFigures) => number) => median(rounds.map(value))
  const seconds = of((figures) => figures.seconds)
  return [
    one.store,
    one.tokensPerSecond === 0 ? 'none' : String(one.tokensPerSecond),
    String(rounds.length),
    String(of(({ runs }) => runs)),
    seconds.toFixed(1),
    (of(({ runs }) => runs) / seconds).toFixed(0),
    String(of(({ tokenRequests }) => tokenRequests)),
    String(of(({ refusedTokenRequests }) => refusedTokenRequests)),
    String(of(({ mostTokensInASecond }) => mostTokensInASecond)),
    `${of(({ runnerCpuSeconds }) => runnerCpuSeconds).toFixed(1)} s`,
    `${Math.round(of(({ idleBytes }) => idleBytes) / 1e6)} MB`,
    `${Math.round(of(({ peakBytes }) => peakBytes) / 1e6)} MB`,
  ]
}
