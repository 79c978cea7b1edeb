import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { isSent, requestHeader } from '../base/incoming.ts'

/** Names the request, for the log and for who asks about it: as a proxy before us has, or anew. */
export function requestId(): MiddlewareHandler<{ Variables: RequestIdVariables }> {
  return async function requestId(c, next) {
    const given = requestHeader(c, 'x-request-id')
    const id = given !== undefined && /^[\w=-]{1,255}$/.test(given) ? given : randomUUID()
    c.set('requestId', id)
    await next()
    if (!isSent(c)) c.res.headers.set('x-request-id', id)
  }
}
