import { availableParallelism } from 'node:os'
import { parseArgs, styleText } from 'node:util'
import { raceCases } from './cases/index.ts'
import { placeOf, type RaceCase } from './race-case.ts'
import { createRacer, type CaseResult } from './racer.ts'
import { table } from './table.ts'

const usage = `npm run race -- [--quick] [--only <text>] [--times <number>]

Starts several Strongrooms, an OpenID provider that rotates refresh tokens and punishes reuse, an API and a store,
and makes them race. Ends with 1 if anything does not hold.

  --quick   the short form
  --only    the cases whose name, store or "<instances> instances" or "<workers> workers" has this text
  --times   runs everything so many times
`

/** Of the instances' log, where a case misses. */
const newestLines = 40

await main()

/** `npm run race`: the proof that a session is refreshed exactly once. */
async function main(): Promise<void> {
  const cases = chosenCases()
  if (cases.length === 0) return end(2, `There is no such case.\n\n${usage}`)
  const racer = createRacer()
  let isEnding = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isEnding = true
      void racer.stop().finally(() => process.exit(130))
    })
  }
  process.stdout.write(
    `Node ${process.versions.node}, ${availableParallelism()} cores, ${process.platform}: instances, provider, ` +
      'API, store and callers share them all.\n\n',
  )
  const results: CaseResult[] = []
  for (const one of cases) {
    const result = await racer.run(one)
    if (isEnding) return
    results.push(result)
    process.stdout.write(progress(result, results.length, cases.length))
  }
  await racer.stop()
  const missed = results.filter(({ misses }) => misses.length > 0)
  process.stdout.write(`\n${table(results)}\n\n`)
  end(
    missed.length > 0 ? 1 : 0,
    missed.length > 0
      ? `${missed.length} of ${results.length} cases missed.\n`
      : `All ${results.length} cases hold.\n`,
  )
}

function chosenCases(): readonly RaceCase[] {
  const { values } = readArguments()
  const times = Number(values.times)
  if (values.help || !Number.isInteger(times) || times < 1) end(values.help ? 0 : 2, usage)
  const only = values.only.toLowerCase()
  const chosen = raceCases.filter(
    (one) =>
      (one.quick || !values.quick) &&
      `${one.name}, ${one.instances} instances, ${placeOf(one)}`.toLowerCase().includes(only),
  )
  return Array.from({ length: times }, () => chosen).flat()
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        times: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return end(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

function progress({ case: one, log, misses, seconds }: CaseResult, number: number, of: number) {
  const good = misses.length === 0
  const mark = good ? styleText('green', '✓') : styleText('red', '✗')
  const head = `${mark} ${`${number}/${of}`.padStart(6)}  ${one.name} (${placeOf(one)}), ${seconds.toFixed(1)} s\n`
  if (good) return head
  const missed = misses.map((miss) => `    · ${miss}\n`).join('')
  return `${head}    must hold: ${one.holds}\n${missed}${newest(log)
    .map((line) => `      ${line}\n`)
    .join('')}`
}

/** Without what differs each time, and what is said many times in a row only once. */
function newest(log: readonly string[]): string[] {
  const said: { readonly line: string; times: number }[] = []
  for (const raw of log) {
    const line = raw.replace(/"time":"[^"]*",|,"requestId":"[^"]*"/g, '')
    const last = said.findLast((one) => one.line === line)
    if (last) last.times += 1
    else said.push({ line, times: 1 })
  }
  return said
    .slice(-newestLines)
    .map(({ line, times }) => (times > 1 ? `${line} (${times} times)` : line))
}

function end(code: number, text: string): never {
  const stream = code === 0 ? process.stdout : process.stderr
  stream.write(text)
  process.exit(code)
}
