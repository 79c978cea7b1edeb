import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface BffProcessOptions {
  readonly publicUrl: string
  /** Added to this process's own environment. */
  readonly env: Readonly<Record<string, string>>
  /** @default `bff/src/main.ts` */
  readonly main?: string
  /** Where it runs, and looks for its configuration. @default the repository */
  readonly folder?: string
  /** Of the command line. */
  readonly args?: readonly string[]
  /** Time to answer at `/healthz`. @default 20 */
  readonly startSeconds?: number
}

export interface BffProcess {
  readonly process: ChildProcess
  /** What it wrote so far, both streams, the newest 64 kB. */
  output(): string
  /** Hands over what it writes from now on. */
  onOutput(listener: (text: string) => void): void
  /** Resolves when it has ended, however. */
  readonly ended: Promise<BffExit>
  /** Asks it to end, and after three seconds ends it. */
  stop(): Promise<void>
}

export interface BffExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class BffStartError extends Error {
  override name = 'BffStartError'
  readonly output: string
  constructor(message: string, output: string) {
    super(message)
    this.output = output
  }
}

const repository = fileURLToPath(new URL('../..', import.meta.url))
const outputLimit = 64 * 1024
const stopSeconds = 3

/**
 * Starts Strongroom as a process of its own, and waits until it answers.
 *
 * @throws BffStartError when it ends or stays silent; it is not running then
 */
export async function startBffProcess(options: BffProcessOptions): Promise<BffProcess> {
  const main = resolve(repository, options.main ?? 'bff/src/main.ts')
  const child = spawn(process.execPath, [main, ...(options.args ?? [])], {
    cwd: options.folder ?? repository,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches this process only, which then ends the child in an orderly way.
    detached: process.platform !== 'win32',
  })
  const bff = watch(child)
  try {
    await untilHealthy(bff, options)
    return bff
  } catch (error) {
    await bff.stop()
    throw error
  }
}

function watch(child: ChildProcess): BffProcess {
  let output = ''
  const listeners: ((text: string) => void)[] = []
  const keep = (text: string) => {
    output = (output + text).slice(-outputLimit)
    for (const listener of listeners) listener(text)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)

  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)

  const ended = new Promise<BffExit>((resolve) => {
    child.once('error', (error) => {
      keep(`${error.message}\n`)
      resolve({ code: null, signal: null })
    })
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  void ended.then(() => process.removeListener('exit', endWithUs))

  return {
    process: child,
    output: () => output,
    onOutput: (listener) => void listeners.push(listener),
    ended,
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000)
      await ended
      clearTimeout(killer)
    },
  }
}

async function untilHealthy(bff: BffProcess, options: BffProcessOptions): Promise<void> {
  const startSeconds = options.startSeconds ?? 20
  const giveUpAtMs = Date.now() + startSeconds * 1000
  const exited = bff.ended.then((exit) => {
    throw new BffStartError(`Strongroom ended while starting (${exitText(exit)}).`, bff.output())
  })
  // It ends one day in any case; after this function nobody waits for it here.
  exited.catch(() => {})
  while (!(await Promise.race([isHealthy(options.publicUrl), exited]))) {
    if (Date.now() > giveUpAtMs) {
      const message = `Strongroom did not answer at ${options.publicUrl} within ${startSeconds} seconds.`
      throw new BffStartError(message, bff.output())
    }
    await Promise.race([pause(50), exited])
  }
}

async function isHealthy(publicUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${publicUrl}/healthz`, { signal: AbortSignal.timeout(1000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

export function exitText({ code, signal }: BffExit): string {
  return signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`
}
