import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../servers/ports.ts'

/** A Redis of our own, which keeps nothing on disk. */
export interface RedisServer {
  readonly url: string
  /** Ends it at once; what it held is lost. */
  kill(): Promise<void>
  /** Opens the same port again, empty. */
  start(): Promise<void>
  /** It takes connections and answers nobody. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const startSeconds = 5
const programs = ['redis-server', 'valkey-server']

/** Where the set-up has written down the path of the one that it found. */
const note = new URL('../../node_modules/.cache/strongroom/redis-server', import.meta.url)

export async function startRedisServer(folder: string): Promise<RedisServer> {
  const program = findRedisServer()
  const port = await freePort()
  let child = await launch(program, port, folder)
  const kill = () => end(child)
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async start() {
      if (hasEnded(child)) child = await launch(program, port, folder)
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    // A paused one would not hear a milder signal, and it has nothing to save.
    stop: kill,
  }
}

function findRedisServer(): string {
  const named = process.env['STRONGROOM_REDIS_SERVER']
  const noted = existsSync(note) ? [readFileSync(note, 'utf8').trim()] : []
  const inPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => programs.map((program) => join(folder, program)))
  const found = (named ? [named] : [...noted, ...inPath]).find((file) => existsSync(file))
  if (found) return found
  throw new Error(
    'There is no redis-server. Run `node scripts/setup.mjs test`, or set STRONGROOM_REDIS_SERVER to the path of one.',
  )
}

async function launch(program: string, port: number, folder: string): Promise<ChildProcess> {
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  const nothingOnDisk = ['--save', '', '--appendonly', 'no']
  const child = spawn(program, [...settings, ...nothingOnDisk], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches this process only, which then ends the child.
    detached: true,
  })
  let said = ''
  const keep = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.once('error', (error) => (said += error.message))
  const endWithUs = () => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.removeListener('exit', endWithUs))

  const giveUpAt = Date.now() + startSeconds * 1000
  while (!(await answersPing(port))) {
    if (hasEnded(child) || child.pid === undefined || Date.now() > giveUpAt) {
      child.kill('SIGKILL')
      throw new Error(`${program} did not start: ${said.trim()}`)
    }
    await pause(20)
  }
  return child
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(500, () => settle(false))
    socket.once('connect', () => void socket.write('PING\r\n'))
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')))
    socket.once('error', () => settle(false))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
