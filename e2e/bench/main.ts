import { contenders } from './contenders/index.ts'
import { readArguments, usage, type BenchArguments } from './arguments.ts'
import { describeMachine } from './machine/describe.ts'
import { pinOurselves } from './machine/launch.ts'
import { compareWith } from './compare/compare.ts'
import type { Bench, Finding } from './measures/measure.ts'
import { measures } from './measures/index.ts'
import { writeResults } from './report/results.ts'
import { writePage } from './report/page.ts'
import { markdownTable } from './report/table.ts'
import { startBenchWorld } from './world/bench-world.ts'

await main()

/** `npm run bench`: what a call costs, here and elsewhere. */
async function main(): Promise<void> {
  const chosen = readArguments(process.argv.slice(2))
  if (typeof chosen === 'string') return finish(chosen === usage ? 0 : 2, chosen)
  if (process.platform !== 'linux') {
    return finish(
      2,
      'The benchmark reads CPU time and memory from /proc and pins to cores: it needs Linux.\n',
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(130))
  }
  await pinOurselves()
  process.stdout.write(`${describeMachine()}\n\n`)
  finish(
    await (chosen.compare === null ? measure(chosen) : compareWith(chosen.compare, chosen)),
    '',
  )
}

async function measure(chosen: BenchArguments): Promise<number> {
  const world = await startBenchWorld()
  const bench: Bench = { ...chosen, world, contenders: present(chosen), say }
  const findings: Record<string, Finding> = {}
  for (const { name, run } of measures.filter(({ name }) => chosen.measures.includes(name))) {
    const finding = await run(bench)
    say('')
    process.stdout.write(asText(finding))
    findings[name] = finding
    writeResults(findings)
  }
  if (chosen.write) writePage(findings)
  await world.stop()
  return 0
}

/** Those that were chosen and can run here; of the others it is said why not. */
function present({ contenders: names }: BenchArguments) {
  const chosen = contenders.filter(({ name }) => names.includes(name))
  return chosen.filter(({ missing, name }) => {
    const reason = missing?.() ?? null
    if (reason !== null) process.stdout.write(`${name} is left out: ${reason}.\n`)
    return reason === null
  })
}

function asText({ head, method, notes = [], rows, title }: Finding): string {
  const told = notes.map((note) => `${note}\n`).join('')
  return `${title}\n${method}\n\n${markdownTable(head, rows)}\n\n${told}\n`
}

/** How far it is, on a line that the next one overwrites. */
function say(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[2K${text}`)
}

function finish(code: number, text: string): void {
  const stream = code === 0 ? process.stdout : process.stderr
  // Not before it is written: what is left running ends with this process.
  stream.write(text, () => process.exit(code))
}
