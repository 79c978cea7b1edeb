import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
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
  const env: Partial<HttpBindings> | undefined = c.env
  return env?.incoming
}

/** One header of the request. On Node without making a `Headers` of them all, which costs more than a whole guard. */
export function requestHeader(c: Context, name: Lowercase<string>): string | undefined {
  const headers: Partial<HttpBindings['incoming']['headers']> | undefined = incoming(c)?.headers
  if (headers === undefined) return c.req.header(name)
  const value = headers[name]
  return typeof value === 'string' ? value : value?.join(', ')
}

/** Whether the answer has begun to go out over the server's own connection: nothing can be added to its head any more. */
export function isSent(c: Context): boolean {
  const env: Partial<HttpBindings> | undefined = c.env
  return env?.outgoing?.headersSent === true
}

/** A connection whose browser has asked for a WebSocket, taken off the server (RFC 6455 §4.1). */
export interface Upgrade {
  readonly socket: Duplex
  /** What the browser has sent behind the request already. */
  readonly head: Buffer
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** Notes that this request asks for a WebSocket, so that it can go the way of every other request. */
export function noteUpgrade(incoming: IncomingMessage, upgrade: Upgrade): void {
  upgrades.set(incoming, upgrade)
}

export function upgradeOf(c: Context): Upgrade | undefined {
  const own = incoming(c)
  return own && upgrades.get(own)
}

/** The status of an answer that has begun to go out over the server's own connection. */
export function sentStatus(c: Context): number | undefined {
  const env: Partial<HttpBindings> | undefined = c.env
  return env?.outgoing?.headersSent === true ? env.outgoing.statusCode : undefined
}
