import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { events } from '../observability/events.ts'

let folder = ''
let project: TestProject | null = null

/** Runs before all tests, in the process that leads them. */
export function setup(given: TestProject): void {
  project = given
  folder = mkdtempSync(join(tmpdir(), 'strongroom-events-'))
  given.provide('eventsHeard', folder)
}

/**
 * Runs behind all tests. Every event that was caused must be as the catalogue says, and so as `docs/events.md` does; and when all
 * tests have run, every one of the catalogue must have been caused.
 */
export async function teardown(): Promise<void> {
  const faults = linesOf('faults')
  const heard = linesOf('names')
  rmSync(folder, { recursive: true, force: true })
  if (faults.length > 0) throw new Error(`events that the catalogue does not know: ${told(faults)}`)
  if (!(await isWhole())) return
  const unheard = Object.keys(events).filter((name) => !heard.includes(name))
  if (unheard.length > 0) throw new Error(`no test causes these events: ${told(unheard)}`)
}

/** Of some tests alone nothing can be said about all events. */
async function isWhole(): Promise<boolean> {
  if (project === null) return false
  const { config, state } = project.vitest
  if (config.testNamePattern !== undefined || config.shard !== undefined || config.watch)
    return false
  const ran = new Set(state.getTestModules().map(({ moduleId }) => moduleId))
  const { testFiles } = await project.globTestFiles()
  return testFiles.every((file) => ran.has(file))
}

function linesOf(file: string): readonly string[] {
  const path = join(folder, file)
  if (!existsSync(path)) return []
  return [...new Set(readFileSync(path, 'utf8').split('\n').filter(Boolean))].toSorted()
}

function told(lines: readonly string[]): string {
  return lines.map((line) => `\n  ${line}`).join('')
}
