import type { MiddlewareHandler } from 'hono'
import { isReserved } from './base/reserved-paths.ts'
import { isSignedOutReturn } from './logout/signed-out-return.ts'
import type { ServerParts } from './server.ts'

/**
 * An app that stands in another. It is asked as a whole, not route by route: so its own guards, headers and problems answer what
 * is its own, and touch nothing that is not.
 *
 * @param everything  whether every path is its own, as it is when it serves the page
 */
export function mountedApp(
  app: ServerParts['app'],
  reserved: readonly string[],
  everything: boolean,
): MiddlewareHandler {
  return async function strongroom(c, next) {
    const isOurs = everything || isReserved(c.req.path, reserved) || isSignedOutReturn(c)
    // The server's own request and answer are in `env`: without them it is served over `fetch`, and without WebSockets.
    return isOurs ? app.fetch(c.req.raw, c.env as object) : next()
  }
}
