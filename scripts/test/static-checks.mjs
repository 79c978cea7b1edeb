import { join } from 'node:path'
import { root } from '../setup/place.mjs'
import { advisories } from './advisories.mjs'
import { child } from './child.mjs'
import { report, timed } from './report.mjs'

const typed = ['shared', 'bff', 'web', 'e2e', 'scripts']

/**
 * All of them side by side, reported in order: a developer wants to see every fault at once.
 *
 * @returns {Promise<boolean>}
 */
export async function staticChecks() {
  /** @type {Array<[name: string, work: Promise<{ ok: boolean, output: string, note?: string }>]>} */
  const started = [
    ['format', child('oxfmt', ['--check'])],
    ['lint', child('oxlint', ['--type-aware', '--max-warnings', '0'])],
    ['types', types()],
    ['unused', child('knip', ['--no-config-hints'])],
    ['advisories', advisories()],
  ]
  const steps = started.map(([name, work]) => ({ name, result: timed(work) }))
  let good = true
  for (const { name, result } of steps) {
    const ended = await result
    report(name, ended)
    good &&= ended.ok
  }
  return good
}

async function types() {
  const results = await Promise.all(
    typed.map((folder) =>
      child('tsc', ['--noEmit', '--pretty', String(process.stdout.isTTY ?? false)], {
        cwd: join(root, folder),
      }),
    ),
  )
  return {
    ok: results.every(({ ok }) => ok),
    output: results.map(({ output }) => output).join('\n'),
  }
}
