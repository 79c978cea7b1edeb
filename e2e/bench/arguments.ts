import { parseArgs } from 'node:util'
import { contenders } from './contenders/index.ts'
import { measures } from './measures/index.ts'

export interface BenchArguments {
  readonly measures: readonly string[]
  readonly contenders: readonly string[]
  readonly rounds: number
  readonly seconds: number
  readonly warmSeconds: number
  readonly gibibytes: number
  readonly quick: boolean
  readonly write: boolean
  readonly compare: string | null
}

const names = (all: readonly { readonly name: string; readonly about: string }[]) =>
  all.map(({ about, name }) => `  ${name.padEnd(23)}${about}\n`).join('')

export const usage = `npm run bench -- [measure …] [options]

Measures Strongroom beside its peers and the bare machine: the same work for each, on one core, taking turns round by
round. Linux only: a server has core 0 for itself, the load, the provider and the API share core 1. Nothing else should
run meanwhile. Without a measure: all of them (some 20 minutes).

Measures
${names(measures)}
Contenders
${names(contenders)}
Options
  --quick               3 short rounds of what matters most, without the slow peers (3 minutes)
  --rounds <n>          how often each contender takes its turn            (default 5)
  --seconds <n>         how long each is under load in its turn            (default 3)
  --only <name,…>       these contenders
  --gibibytes <n>       the size of the body for "bodies"                  (default 1)
  --write               writes what was measured into docs/performance.md and docs/images
  --compare <git ref>   instead: is this working tree slower than that version? Ends with 1 if it is
  --help

Every figure of every round goes to test-results/bench.json.
`

/** @returns the text to show where there is nothing to run: the usage, or what is wrong with the arguments */
export function readArguments(args: readonly string[]): BenchArguments | string {
  try {
    return checked(args)
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nnpm run bench -- --help tells what there is.\n`
  }
}

function checked(args: readonly string[]): BenchArguments | string {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      gibibytes: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      compare: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return usage
  const { compare, quick, write } = values
  const seconds = positive('seconds', values.seconds ?? (quick ? '2' : '3'))
  const named = known('contender', values.only?.split(',') ?? [], contenders)
  return {
    measures: chosenMeasures(positionals, quick),
    contenders:
      named.length > 0
        ? named
        : contenders.filter(({ slow }) => !(quick && slow)).map(({ name }) => name),
    rounds: positive('rounds', values.rounds ?? (quick ? '3' : '5')),
    seconds,
    // V8 takes some seconds to settle what it compiles.
    warmSeconds: quick ? 2 : 4,
    gibibytes: positive('gibibytes', values.gibibytes),
    quick,
    write,
    compare: compare ?? null,
  }
}

function chosenMeasures(named: readonly string[], quick: boolean): readonly string[] {
  if (named.length > 0) return known('measure', named, measures)
  return measures.filter((measure) => !quick || measure.quick).map(({ name }) => name)
}

function known(
  what: string,
  named: readonly string[],
  all: readonly { readonly name: string }[],
): readonly string[] {
  for (const name of named) {
    if (all.some((one) => one.name === name)) continue
    throw new Error(`There is no ${what} "${name}", but: ${all.map((one) => one.name).join(', ')}.`)
  }
  return named
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`--${name} is ${JSON.stringify(text)}, but must be a whole number above 0.`)
}
