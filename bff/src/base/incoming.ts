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
