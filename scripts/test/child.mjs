import { spawn } from 'node:child_process'
import { root, withPinnedNode } from '../setup/place.mjs'

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

const windows = process.platform === 'win32'

/** A tool that writes into a pipe doesn't know where its words will be read. */
const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }

/**
 * Runs one of the tools in node_modules/.bin.
 *
 * @param {string} tool
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, stream?: boolean }} [options]
 *   `stream`: its output goes to the terminal at once instead of being kept
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function child(tool, args, { cwd = root, env = {}, stream = false } = {}) {
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const chunks = []
    const output = stream ? 'inherit' : 'pipe'
    const started = spawn(tool, args, {
      cwd,
      env: { ...withPinnedNode(), ...(stream ? {} : colours), ...env },
      stdio: ['ignore', output, output],
      // A group of its own, so that what the tool starts ends with it.
      detached: !windows,
      shell: windows,
    })
    running.add(started)
    started.stdout?.on('data', (chunk) => chunks.push(chunk))
    started.stderr?.on('data', (chunk) => chunks.push(chunk))
    started.once('error', (error) => finish(false, error.message))
    started.once('close', (code) => finish(code === 0, Buffer.concat(chunks).toString()))

    /**
     * @param {boolean} ok
     * @param {string} said
     */
    function finish(ok, said) {
      running.delete(started)
      resolve({ ok, output: said })
    }
  })
}

/** Asks every tool to end, and after three seconds no longer asks. */
export async function killAll() {
  const children = [...running]
  const ended = Promise.all(
    children.map((one) => new Promise((resolve) => one.once('close', resolve))),
  )
  for (const one of children) kill(one, 'SIGINT')
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))])
  // The tool may be gone and something that it started still be there.
  for (const one of children) kill(one, 'SIGKILL')
}

/**
 * @param {import('node:child_process').ChildProcess} one
 * @param {NodeJS.Signals} signal
 */
function kill(one, signal) {
  if (one.pid === undefined) return
  if (windows) {
    spawn('taskkill', ['/pid', String(one.pid), '/T', '/F'])
    return
  }
  try {
    process.kill(-one.pid, signal)
  } catch {
    // Nobody left.
  }
}
