import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname } from 'node:path'

export interface Terminal {
  /** Types a command and waits for its end. @returns what it printed. Throws with that when it fails. */
  run(command: string): Promise<string>
  /** Types a command that goes on until the terminal is closed. */
  start(command: string): { output(): string }
  /** Ends everything with Ctrl-C, and waits until it is gone. */
  close(): Promise<void>
}

const patienceMilliseconds = 5000

/** A shell in a folder, without a terminal's colours. */
export function openTerminal(folder: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const running = new Set<() => Promise<void>>()
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)

  function type(command: string) {
    const child = spawn('sh', ['-c', command], {
      cwd: folder,
      env: { ...withoutOurs(process.env), PATH: path, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that whatever the shell starts ends with it.
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    const ended = once(child, 'close').then(([code]) => code as number | null)
    const signal = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name)
      } catch {
        // It is gone already.
      }
    }
    async function end(): Promise<void> {
      signal('SIGINT')
      const killer = setTimeout(() => signal('SIGKILL'), patienceMilliseconds)
      await ended
      clearTimeout(killer)
    }
    running.add(end)
    void ended.then(() => running.delete(end))
    return { ended, output: () => output }
  }

  return {
    async run(command) {
      const { ended, output } = type(command)
      const code = await ended
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output()}`)
      return output()
    },
    start: (command) => type(command),
    async close() {
      await Promise.all([...running].map((end) => end()))
    },
  }
}

/** `npm run` tells its children of the workspace that it runs in, and this is another. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD$|FORCE_COLOR$)/.test(name)),
  )
}
