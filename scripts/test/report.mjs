import { seconds } from '../setup/progress.mjs'

const colours = process.stdout.isTTY && !process.env['NO_COLOR']

/**
 * One line for a step, what is to be noted of it, and all that it said where it failed.
 *
 * @param {string} name
 * @param {{ ok: boolean, output: string, note?: string, milliseconds: number }} result
 */
export function report(name, { ok, output, note, milliseconds }) {
  const mark = ok ? paint(32, '✓') : paint(31, '✗')
  console.log(`${mark} ${name.padEnd(28)} ${seconds(milliseconds).padStart(7)}`)
  if (note) console.log(`  ${note}`)
  if (!ok && output.trim()) console.log(`\n${output.trim()}\n`)
}

/**
 * @template {object} T
 * @param {Promise<T>} work
 * @returns {Promise<T & { milliseconds: number }>}
 */
export async function timed(work) {
  const start = performance.now()
  const result = await work
  return { ...result, milliseconds: performance.now() - start }
}

/**
 * @param {number} code
 * @param {string} text
 */
function paint(code, text) {
  return colours ? `\u001B[${code}m${text}\u001B[0m` : text
}
