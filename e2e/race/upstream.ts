import { createServer, type IncomingMessage } from 'node:http'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'

/** An API that does next to nothing, so that what is measured is the way to it. */
export interface RaceUpstream {
  readonly url: string
  /** Calls whose token was missing, no JWT, or over. */
  refused(): number
  /** Calls that came and are not answered yet. */
  waiting(): number
  /** Answers nobody until `release`. */
  hold(): void
  release(): void
  reset(): void
  stop(): Promise<void>
}

/** What resource servers allow for clocks that differ: both sides count in whole seconds. */
const toleranceSeconds = 1

export async function startRaceUpstream(): Promise<RaceUpstream> {
  let refused = 0
  let held: (() => void)[] | null = null
  const server = createServer((request, response) => {
    const isGood = bearsValidToken(request)
    if (!isGood) refused += 1
    const answer = () => {
      response.writeHead(isGood ? 200 : 401, { 'Content-Type': 'application/json' })
      response.end(isGood ? '{"ok":true}' : '{"error":"invalid_token"}')
    }
    if (held) held.push(answer)
    else answer()
  })
  const port = await listenOnLoopback(server, 0)

  function release(): void {
    const answers = held ?? []
    held = null
    for (const answer of answers) answer()
  }

  return {
    url: `http://127.0.0.1:${port}`,
    refused: () => refused,
    waiting: () => held?.length ?? 0,
    hold: () => void (held ??= []),
    release,
    reset() {
      release()
      refused = 0
    },
    stop: () => closeServer(server),
  }
}

/** By time only: the one provider of this world signs them all, and nobody else knows this address. */
function bearsValidToken({ headers }: IncomingMessage): boolean {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(headers.authorization ?? '') ?? []
  if (payload === undefined) return false
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: number }
  return exp !== undefined && Date.now() / 1000 < exp + toleranceSeconds
}
