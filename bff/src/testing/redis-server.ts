import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'

export interface RedisServer {
  readonly port: number
  /** Without user, password and database. */
  readonly url: string
  /** Sends one command and gives the reply as it was on the wire. */
  command(...words: readonly string[]): Promise<string>
  /** Lets it end in order. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** Starts it again at the same place, after it was stopped or killed. */
  restart(): Promise<void>
  /** Keeps it from doing anything, while the system still takes connections for it. */
  pause(): void
  resume(): void
}

export interface RedisServerOptions {
  /** Where it keeps what it holds; else a restart loses everything. */
  readonly folder?: string
  readonly password?: string
}

/** A Redis or Valkey of one's own on a free port of the loopback. It ends with the process. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findProgram()
  const port = await freePort()
  let child = await start()

  async function start(): Promise<ChildProcess> {
    const started = spawn(program, flags(port, options), { stdio: ['ignore', 'pipe', 'pipe'] })
    const killIt = () => void started.kill('SIGKILL')
    process.once('exit', killIt)
    started.once('exit', () => process.off('exit', killIt))
    await untilReady(started)
    return started
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    // One that is paused hears SIGTERM only when it goes on.
    child.kill('SIGCONT')
    await exit
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command: (...words) => command(port, options.password, words),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGKILL')
      child = await start()
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

const variable = 'STRONGROOM_REDIS_SERVER'

function findProgram(): string {
  const note = fileURLToPath(
    new URL('../../../node_modules/.cache/strongroom/redis-server', import.meta.url),
  )
  const onPath = ['redis-server', 'valkey-server'].flatMap((name) =>
    (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)),
  )
  const noted = existsSync(note) ? [readFileSync(note, 'utf8').trim()] : []
  const named = process.env[variable]
  const found = (named ? [named] : [...noted, ...onPath]).find(isFile)
  if (found) return found
  throw new Error(
    `There is no redis-server. Run \`node scripts/setup.mjs test\`, or set ${variable} to the path of one.`,
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function flags(port: number, { folder, password }: RedisServerOptions): string[] {
  const settings: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder ?? tmpdir(),
    save: '',
    appendonly: folder ? 'yes' : 'no',
    appendfsync: 'always',
    ...(password ? { requirepass: password } : {}),
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

async function untilReady(server: ChildProcess): Promise<void> {
  const patience = AbortSignal.timeout(10_000)
  let said = ''
  server.stderr?.on('data', (chunk) => (said += chunk))
  server.stdout?.on('data', (chunk) => (said += chunk))
  server.once('error', (error) => (said += error.message))
  while (!/ready to accept connections/i.test(said)) {
    if (server.pid === undefined || server.exitCode !== null || patience.aborted) {
      server.kill('SIGKILL')
      throw new Error(`The redis-server did not start: ${said}`)
    }
    await sleep(10)
  }
}

/** Redis ends the connection after QUIT, so that all there is to read is the replies. */
async function command(
  port: number,
  password: string | undefined,
  words: readonly string[],
): Promise<string> {
  const commands = [...(password ? [['AUTH', password]] : []), words, ['QUIT']]
  const socket = connect(port, '127.0.0.1')
  socket.write(commands.map(encode).join(''))
  const replies = (await socket.toArray()).join('')
  return replies.slice(password ? '+OK\r\n'.length : 0, -'+OK\r\n'.length)
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${words.length}\r\n${parts.join('')}`
}
