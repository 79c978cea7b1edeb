import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/**
 * The server's own request and answer. There are none on another runtime, nor in a test through `app.request`: Hono
 * leaves `env` out altogether then.
 */
export function exchange(c: Context): HttpBindings | undefined {
  const env: Partial<HttpBindings> | undefined = c.env
  return env?.incoming && env.outgoing && { incoming: env.incoming, outgoing: env.outgoing }
}

/** The server's own request, where there is one. */
export function incoming(c: Context): HttpBindings['incoming'] | undefined {
  return exchange(c)?.incoming
}

/** One header of the request. On Node without making a `Headers` of them all, which costs more than a whole guard. */
export function requestHeader(c: Context, name: Lowercase<string>): string | undefined {
  const own = incoming(c)
  if (own === undefined) return c.req.header(name)
  const value = own.headers[name]
  return typeof value === 'string' ? value : value?.join(', ')
}

/** Whether the answer has begun to go out over the server's own connection: nothing can be added to its head any more. */
export function isSent(c: Context): boolean {
  return exchange(c)?.outgoing.headersSent === true
}
