/**
 * Says what takes a while: `• Installing packages … done in 24 s`.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function progress(label, work) {
  const start = performance.now()
  process.stdout.write(`• ${label} … `)
  try {
    const result = await work()
    process.stdout.write(`done in ${seconds(performance.now() - start)}\n`)
    return result
  } catch (error) {
    process.stdout.write('failed\n')
    throw error
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0)} s`
}
