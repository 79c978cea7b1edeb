import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { incoming, requestHeader } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'

/**
 * Names the request, for the log, for the API and for who asks about it: as a trusted proxy before us has, or anew. From
 * anybody else a name might be that of another request, and lead whoever reads the log astray. `withHeaders` tells it.
 */
export function requestId(
  proxies: Pick<ProxyTrust, 'isTrusted'>,
): MiddlewareHandler<{ Variables: RequestIdVariables }> {
  return function requestId(c, next) {
    const given = requestHeader(c, 'x-request-id')
    const believed =
      given !== undefined &&
      /^[\w=-]{1,255}$/.test(given) &&
      proxies.isTrusted(incoming(c)?.socket.remoteAddress)
    const id = believed ? given : randomUUID()
    c.set('requestId', id)
    return next()
  }
}
