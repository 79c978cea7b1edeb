import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { getRequestListener, RequestError } from '@hono/node-server'
import { describeCause, framesOf } from './base/describe-cause.ts'
import { bareAnswer, toBytes, type BareAnswer } from './edge/bare-answer.ts'
import { isUnambiguous } from './edge/request-head.ts'
import { isWebSocket, serveWebSockets } from './edge/web-sockets.ts'
import type { Telemetry } from './observability/telemetry.ts'

/** How much, and how long, a connection may take. What goes to the API has no limit but that it moves. */
export interface ServerLimits {
  /** Request line and headers. Four cookies of 4 kB are more than Node's own default. */
  readonly headBytes: number
  /** Until the head has come, the first byte included. */
  readonly headSeconds: number
  /** How often that is looked at. Node's own default lets a client that dribbles stay for a minute longer. */
  readonly checkEverySeconds: number
  /** Between two requests. Longer than the minute after which most load balancers let a connection go: it must be they. */
  readonly idleSeconds: number
  /** For the rest of a body, once it has been answered. Node's own default is to read on for ever. */
  readonly restSeconds: number
}

export const defaultLimits: ServerLimits = {
  headBytes: 32_768,
  headSeconds: 15,
  checkEverySeconds: 1,
  idleSeconds: 65,
  restSeconds: 5,
}

export interface ServerParts {
  readonly app: { fetch(request: Request, env: object): Response | Promise<Response> }
  readonly publicUrl: URL
  readonly host: string
  readonly port: number
  readonly limits?: Partial<ServerLimits>
  /** Serves over TLS by itself, as in development. @default whatever stands before it does */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly telemetry: Telemetry
}

/** Listens. What reaches the app is one whole, unambiguous head; all else is refused here, with nothing of it logged. */
export function startServer(parts: ServerParts): Server {
  const { app, publicUrl, host, port, limits, tls, telemetry } = parts
  const { headBytes, headSeconds, checkEverySeconds, idleSeconds, restSeconds } = {
    ...defaultLimits,
    ...limits,
  }
  const malformed = bareAnswer(400, 'bad_request', publicUrl)
  const refusals: Readonly<Record<string, BareAnswer>> = {
    HPE_HEADER_OVERFLOW: bareAnswer(431, 'too_large', publicUrl),
    HPE_CHUNK_EXTENSIONS_OVERFLOW: bareAnswer(413, 'too_large', publicUrl),
    ERR_HTTP_REQUEST_TIMEOUT: bareAnswer(408, 'request_timeout', publicUrl),
  }
  const exchanges = exchangesBySocket()

  const listener = getRequestListener(app.fetch, {
    // Only HTTP/1.0 may come without a host, and no URL is ever built from it.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler(error) {
      if (error instanceof RequestError) return toResponse(malformed)
      // The app answers its own surprises: this one came from around it.
      telemetry.record({
        name: 'unexpected-error',
        detail: describeCause(error),
        stack: error instanceof Error ? framesOf(error) : '',
        requestId: '',
      })
      return toResponse(bareAnswer(500, 'internal', publicUrl))
    },
  })
  const options: ServerOptions = {
    maxHeaderSize: headBytes,
    headersTimeout: headSeconds * 1000,
    // A body may take as long as it moves, which the way to the API watches.
    requestTimeout: 0,
    connectionsCheckingInterval: checkEverySeconds * 1000,
    keepAliveTimeout: idleSeconds * 1000,
    // Refused below, with an answer that says so.
    requireHostHeader: false,
    shouldUpgradeCallback: isWebSocket,
  }
  const server: Server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options)
  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (isUnambiguous(incoming)) void listener(incoming, outgoing)
    else send(outgoing, malformed)
  }
  server.on('request', (incoming, outgoing) => {
    exchanges.begin(outgoing)
    outgoing.on('close', () => {
      exchanges.end(outgoing)
      if (!incoming.complete && outgoing.writableFinished) endSoon(incoming, restSeconds)
    })
    answer(incoming, outgoing)
  })
  serveWebSockets(server, answer)
  server.on('checkExpectation', (_, outgoing) =>
    send(outgoing, bareAnswer(417, 'bad_request', publicUrl)),
  )
  server.on('connect', (_, socket) =>
    refuse(socket, bareAnswer(405, 'method_not_allowed', publicUrl)),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (exchanges.mayInterrupt(socket)) refuse(socket, refusals[error.code ?? ''] ?? malformed)
    else socket.destroy()
  })
  // Read once, it is still known when the client has left: without this one that leaves early would count for nobody.
  server.on('connection', (socket) => void socket.remoteAddress)
  // Node silently leaves out what comes after the 2000th header; the head is bounded already.
  server.maxHeadersCount = 0
  return server.listen(port, host)
}

function send(outgoing: ServerResponse, { status, headers, body }: BareAnswer): void {
  outgoing.writeHead(status, headers).end(body)
}

function refuse(socket: Duplex, answer: BareAnswer): void {
  if (!socket.writable) return void socket.destroy()
  socket.on('error', () => {}).end(toBytes(answer), () => socket.destroy())
}

function toResponse({ status, headers, body }: BareAnswer): Response {
  return new Response(body, { status, headers })
}

/** It has been answered, and what is left of it is of no use. */
function endSoon(incoming: IncomingMessage, seconds: number): void {
  const timer = setTimeout(() => incoming.socket.destroy(), seconds * 1000).unref()
  incoming.once('end', () => clearTimeout(timer))
}

/**
 * Knows which answers are still owed on a connection. A refusal that is written while an earlier answer is owed would be
 * read as that answer, or land in the middle of it.
 */
function exchangesBySocket() {
  const owed = new WeakMap<Duplex, Set<ServerResponse>>()
  return {
    begin(outgoing: ServerResponse): void {
      const ofSocket = owed.get(outgoing.req.socket)
      if (ofSocket) ofSocket.add(outgoing)
      else owed.set(outgoing.req.socket, new Set([outgoing]))
    },
    end(outgoing: ServerResponse): void {
      owed.get(outgoing.req.socket)?.delete(outgoing)
    },
    /** Whether nothing is owed, or only the answer to the very request whose body is what can't be read. */
    mayInterrupt(socket: Duplex): boolean {
      const [first, ...others] = owed.get(socket) ?? []
      if (first === undefined) return true
      return others.length === 0 && !first.req.complete && !first.headersSent
    },
  }
}
