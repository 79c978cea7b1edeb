import type { Server } from 'node:http'
import type { Bff } from './create-bff.ts'
import { startServer, type ServerLimits, type ServerParts } from './server.ts'
import { endServing, type StopTimes } from './stop.ts'

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
   * Takes no more requests, ends event streams and WebSockets, lets all else come to its end, and lets go of the store, as `strongroom
   * serve` does when it is told to stop. What is still under way after `graceSeconds` (10) is broken off. `delaySeconds` (0) are
   * for a load balancer: so long `/readyz` is 503 while all else is served as before. Never rejects.
   */
  close(times?: Partial<StopTimes>): Promise<void>
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
    close: (times = {}) => (closing ??= close(server, bff, { ...defaultTimes, ...times })),
  }
}

const defaultTimes: StopTimes = { delaySeconds: 0, graceSeconds: 10 }

async function close(server: Server, bff: Bff, times: StopTimes): Promise<void> {
  await endServing({ ...bff, ...times, server })
  // The process goes on, so nothing else ends these.
  server.closeAllConnections()
}
