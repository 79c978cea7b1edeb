import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from '../setup/place.mjs'
import { child } from './child.mjs'
import { report, timed } from './report.mjs'

// Someone who looks on sees the tests go by; a log gets the output of a failure alone.
const stream = process.stdout.isTTY

/**
 * @typedef {object} Count
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {boolean} ok as the runner sees it
 */

/**
 * @param {string[]} words for vitest
 * @returns {Promise<Count>}
 */
export function unitTests(words) {
  const file = reportFile('vitest.json')
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...words,
  ]
  return count('unit and integration tests', child('vitest', args, { stream }), file, countVitest)
}

/**
 * @param {string[]} words for playwright
 * @returns {Promise<Count>}
 */
export function browserTests(words) {
  const file = reportFile('playwright.json')
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file }
  const args = ['test', '--reporter=list,json', ...words]
  return count('browser tests', child('playwright', args, { stream, env }), file, countPlaywright)
}

/**
 * @param {string} name
 * @param {ReturnType<typeof child>} work
 * @param {string} file
 * @param {(report: any) => Pick<Count, 'passed' | 'failed' | 'skipped'>} counted
 * @returns {Promise<Count>}
 */
async function count(name, work, file, counted) {
  const result = await timed(work)
  const numbers = existsSync(file)
    ? counted(JSON.parse(readFileSync(file, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 }
  report(name, result)
  return { name, ok: result.ok, ...numbers }
}

/** @param {any} found A file that can't be loaded has no tests, and counts as one that failed. */
function countVitest(found) {
  const unloadable = found.testResults.filter(
    (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return {
    passed: found.numPassedTests,
    failed: found.numFailedTests + unloadable.length,
    skipped: found.numPendingTests + found.numTodoTests,
  }
}

/** @param {any} found A spec that can't be loaded is in `errors`. */
function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  }
}

/** @param {string} name The report of an earlier run must not pass for this one's. */
function reportFile(name) {
  mkdirSync(cache, { recursive: true })
  const file = join(cache, name)
  rmSync(file, { force: true })
  return file
}
