import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findProgram } from './programs.ts'

export interface LaunchOptions {
  readonly command: string
  readonly args: readonly string[]
  /** The core that it stays on. */
  readonly core: number
  readonly cwd?: string
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Launched {
  readonly pid: number
  /** What it wrote so far, both streams, the newest 16 kB. */
  output(): string
  /** How it ended; resolves when it has. */
  readonly ended: Promise<string>
  /** Whole, whatever its length. For programs that end by themselves. */
  readonly stdout: Promise<string>
  stop(): Promise<void>
}

export const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** The one under test has a core for itself; everything else shares the other. */
export const serverCore = 0
export const loadCore = 1

const keptOutput = 16_384
const graceMilliseconds = 2000

const running = new Set<ChildProcess>()

/** Starts a program on one core. It goes when this process goes, however that comes about. */
export function launch({ args, command, core, cwd = repository, env }: LaunchOptions): Launched {
  const [program = command, ...rest] = [...leash(), ...pin(core), command, ...args]
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches this process only, and what the child starts can be ended with it.
    detached: true,
  })
  running.add(child)

  let output = ''
  const stdout: string[] = []
  const keep = (text: string) => (output = (output + text).slice(-keptOutput))
  child.stderr.setEncoding('utf8').on('data', keep)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    keep(text)
    // A server's log would otherwise pile up here.
    if (stdout.length < 1000) stdout.push(text)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  }).finally(() => running.delete(child))

  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    stdout: ended.then(() => stdout.join('')),
    async stop() {
      signal(child, 'SIGTERM')
      const killer = setTimeout(() => signal(child, 'SIGKILL'), graceMilliseconds)
      await ended
      clearTimeout(killer)
    },
  }
}

/** Keeps this process itself, the provider in it included, away from the one under test. */
export async function pinOurselves(): Promise<void> {
  const taskset = findProgram('taskset')
  if (!taskset) return
  const args = ['-acp', String(loadCore), String(process.pid)]
  await launch({ command: taskset, args, core: loadCore }).ended
}

process.once('exit', () => {
  for (const child of running) signal(child, 'SIGKILL')
})

/** A bench that is killed takes its children along, where the machine has the tool for that. */
function leash(): readonly string[] {
  const setpriv = findProgram('setpriv')
  return setpriv ? [setpriv, '--pdeathsig', 'KILL'] : []
}

function pin(core: number): readonly string[] {
  const taskset = findProgram('taskset')
  return taskset ? [taskset, '-c', String(core)] : []
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, name)
  } catch {
    // It ended between the look and the kill.
  }
}
