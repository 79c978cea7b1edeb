import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../machine/describe.ts'
import { repository } from '../machine/launch.ts'
import type { Finding } from '../measures/measure.ts'

/** Keeps every figure of every round, for whoever wants to look closer. */
export function writeResults(findings: Readonly<Record<string, Finding>>): void {
  const folder = join(repository, 'test-results')
  const measured = Object.fromEntries(
    Object.entries(findings).map(([name, { data, title }]) => [name, { title, data }]),
  )
  const results = { machine: describeMachine(), at: new Date().toISOString(), measured }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(results, null, 2)}\n`)
}
