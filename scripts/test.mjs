// `npm test`: everything that has to be right. `npm test -- unit` (or `static`, `browser`) does a part; words
// after these go to the test runner: `npm test -- unit bff/src/tokens`.

import { killAll } from './test/child.mjs'
import { browserTests, unitTests } from './test/runners.mjs'
import { staticChecks } from './test/static-checks.mjs'
import { totals } from './test/totals.mjs'

const parts = ['static', 'unit', 'browser']
const words = process.argv.slice(2)
const named = words.filter((word) => parts.includes(word))
const rest = words.filter((word) => !parts.includes(word))

if (rest.length > 0 && !['unit', 'browser'].includes(named.join())) {
  console.error(
    `Usage: npm test -- [${parts.join('] [')}], or one of unit and browser with words for its runner`,
  )
  process.exit(2)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void killAll().then(() => process.exit(130)))
}

process.exitCode = (await testAll(named.length > 0 ? named : parts)) ? 0 : 1

/** @param {string[]} chosen */
async function testAll(chosen) {
  if (chosen.includes('static') && !(await staticChecks())) {
    if (chosen.length > 1) console.log('\nThe tests were not run: mend the above first.')
    return false
  }
  const counts = []
  if (chosen.includes('unit')) counts.push(await unitTests(rest))
  if (chosen.includes('browser')) counts.push(await browserTests(rest))
  return counts.length === 0 || totals(counts)
}
