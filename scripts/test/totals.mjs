/**
 * Says how many tests passed, by runner and in all. The last line is for machines too.
 *
 * @param {Array<import('./runners.mjs').Count>} counts
 * @returns {boolean} whether all is well. A runner that ran nothing has shown nothing.
 */
export function totals(counts) {
  console.log()
  for (const one of counts) console.log(`${one.name}: ${numbers(one)}`)
  const idle = counts.filter(({ passed, failed }) => passed + failed === 0)
  for (const { name } of idle)
    console.log(`No ${name} were run, so this run shows nothing about them.`)
  console.log(`tests: ${numbers(sum(counts))}`)
  return idle.length === 0 && counts.every(({ ok, failed }) => ok && failed === 0)
}

/** @param {Pick<import('./runners.mjs').Count, 'passed' | 'failed' | 'skipped'>} count */
function numbers({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** @param {Array<import('./runners.mjs').Count>} counts */
function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  return total
}
