import { createServer, type IncomingMessage, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'

/** An API that counts what it is asked to begin and to end, by the keys that the runs send. */
export interface CountingApi {
  readonly url: string
  /** How often a run with this key was begun. */
  readonly begun: ReadonlyMap<string, Begun>
  ended(): number
  /** Runs that were begun while another of the same user and job was under way. */
  overlaps(): number
  refused(): number
  /** Called when a run begins its work. */
  onBegin: () => void
  /** Whoever ran has died: what they began will not be ended. Waits for what they sent with their last breath. */
  forgetOpen(): Promise<void>
  stop(): Promise<void>
}

export interface Begun {
  readonly job: string
  times: number
}

export async function startCountingApi(): Promise<CountingApi> {
  const begun = new Map<string, Begun>()
  const open = new Map<string, string>()
  let ended = 0
  let overlaps = 0
  let refused = 0

  function begin(line: string, job: string, key: string): void {
    const known = begun.get(key) ?? { job, times: 0 }
    known.times += 1
    begun.set(key, known)
    if (open.has(line)) overlaps += 1
    open.set(line, key)
    api.onBegin()
  }

  const server = createServer((request, response) => {
    request.resume()
    const sub = userOf(request)
    const job = String(request.headers['x-job'])
    const key = String(request.headers['idempotency-key'])
    if (sub === null) refused += 1
    else if (request.url === '/begin') begin(`${sub} ${job}`, job, key)
    else {
      open.delete(`${sub} ${job}`)
      ended += 1
    }
    response.writeHead(sub === null ? 401 : 200).end()
  })
  const port = await listenOnLoopback(server, 0)
  const api: CountingApi = {
    onBegin: () => {},
    url: `http://127.0.0.1:${port}`,
    begun,
    ended: () => ended,
    overlaps: () => overlaps,
    refused: () => refused,
    async forgetOpen() {
      while ((await connectionsOf(server)) > 0) await pause(10)
      open.clear()
    },
    stop: () => closeServer(server),
  }
  return api
}

function connectionsOf(server: Server): Promise<number> {
  const { promise, reject, resolve } = Promise.withResolvers<number>()
  server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  return promise
}

/** What resource servers allow for clocks that differ: both sides count in whole seconds. */
const toleranceSeconds = 1

/** By time only: the one provider of this world signs all tokens, and nobody else knows this address. */
function userOf({ headers }: IncomingMessage): string | null {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(headers.authorization ?? '') ?? []
  if (payload === undefined) return null
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    readonly exp?: number
    readonly sub?: string
  }
  const isOver = claims.exp === undefined || Date.now() / 1000 > claims.exp + toleranceSeconds
  return isOver ? null : (claims.sub ?? null)
}
