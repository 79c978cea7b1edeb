import type { Server } from 'node:http'
import type { Bff } from './create-bff.ts'
import { startServer, type ServerLimits, type ServerParts } from './server.ts'

export interface ListenOptions {
  /** What answers: a Hono app of your own that `bff.middleware` stands in. @default bff.app */
  readonly app?: ServerParts['app']
  /** Address to listen on. @default '127.0.0.1' */
  readonly host?: string
  /** Port to listen on; 0 for any that is free. @default 3000 */
  readonly port?: number
  /** How much, and how long, a connection may take. */
  readonly limits?: Partial<ServerLimits>
}

export interface Listener {
  /** Node's own. It says when it listens (`listening`), and when it can't (`error`). */
  readonly server: Server
  /**
   * Takes no more requests, ends event streams and WebSockets, lets all else come to its end, and lets go of the store. Resolves
   * when that is done, after `graceSeconds` (10) at the latest for the requests: what is still under way then is broken off.
   */
  close(graceSeconds?: number): Promise<void>
}

/**
 * Serves an app as `strongroom serve` does: WebSockets, heads as large as the session's cookies, and with whatever is ambiguous or
 * takes too long refused before it is a request.
 *
 * @example
 * const listener = listen(bff, { app, port: 3000 })
 * process.once('SIGTERM', () => void listener.close())
 */
export function listen(bff: Bff, options: ListenOptions = {}): Listener {
  const { app = bff.app, host = '127.0.0.1', port = 3000, limits = {} } = options
  const { publicUrl, telemetry } = bff
  const server = startServer({ app, publicUrl, host, port, limits, telemetry })
  let closing: Promise<void> | null = null
  return {
    server,
    close: (graceSeconds = 10) => (closing ??= close(server, bff, graceSeconds)),
  }
}

const lookEveryMilliseconds = 100

async function close(server: Server, bff: Bff, graceSeconds: number): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  // A connection that was busy just now is idle a moment later, and would be kept for a minute.
  const sweep = setInterval(() => server.closeIdleConnections(), lookEveryMilliseconds)
  const end = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  await Promise.all([closed, bff.endStreams()])
  clearInterval(sweep)
  clearTimeout(end)
  await bff.close()
}
