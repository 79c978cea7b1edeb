import { spawn } from 'node:child_process'
import { root } from './place.mjs'

/**
 * Runs a program to its end and keeps what it says.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, seconds?: number }} [options] killed after `seconds`
 * @returns {Promise<{ ok: boolean, output: string }>} not ok also where the program is not there
 */
export function run(program, args, { env = process.env, seconds = 900 } = {}) {
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const chunks = []
    const child = spawn(program, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // On Windows npm and the tools are .cmd files, which only a shell runs.
      shell: process.platform === 'win32' && !/[\\/]/.test(program),
    })
    // Not spawn's own timeout: its timer outlives a program that is not there, and waits for grandchildren.
    const patience = setTimeout(giveUp, seconds * 1000)
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.once('error', (error) => finish(false, error.message))
    child.once('close', (code, signal) => finish(code === 0, signal ? `ended by ${signal}` : ''))

    function giveUp() {
      child.kill('SIGKILL')
      child.stdout.destroy()
      child.stderr.destroy()
      finish(false, `given up after ${seconds} s`)
    }

    /**
     * @param {boolean} ok
     * @param {string} last
     */
    function finish(ok, last) {
      clearTimeout(patience)
      resolve({ ok, output: Buffer.concat(chunks).toString() + last })
    }
  })
}
