import type { TokenDemand } from '../tokens/fresh-token.ts'

/** One API behind Strongroom: a row of the table that says what may be called, and with what. */
export interface Upstream {
  /** The path that it answers below, such as `/api`. Of several that fit the longest wins. */
  readonly prefix: `/${string}`
  /** Base URL that replaces the prefix. Nothing in a request can change its origin or escape its path. */
  readonly target: URL
  /** What is passed on; anything else is 405. @default every method but CONNECT and TRACE */
  readonly methods?: readonly string[]
  /** Whether the user's access token goes along, and whether the call needs it. @default 'required' */
  readonly token?: TokenDemand
  /**
   * How long nothing may move until the API's answer begins: every piece of the request's body starts it anew. There is
   * no limit for what follows. @default 30
   */
  readonly timeoutSeconds?: number
  /**
   * How long nothing may move in the API's answer once it has begun, before it is broken off; and how long whoever is to take
   * something, the browser or the other end of a WebSocket, may take nothing. A WebSocket on which nobody waits may be as
   * quiet as it likes. In seconds. @default 300
   */
  readonly idleSeconds?: number
  /**
   * Whether `GET` and `HEAD` are let in without the header `X-CSRF` when the browser says that a page of ours sent them:
   * for an EventSource, images and downloads, which can't set headers. @default false
   */
  readonly simpleGet?: boolean
  /** Whether WebSockets are let through, from pages of ours alone. @default true */
  readonly webSockets?: boolean
  /** The largest body of a request, in bytes; more is 413. @default no limit */
  readonly maxBodyBytes?: number
  /**
   * How often a call that got no answer, or a 502, 503 or 504, is made again: only what may be asked twice without being done
   * twice (`GET`, `HEAD`, `OPTIONS`, `PUT`, `DELETE`), and only without a body. @default 0
   */
  readonly retries?: number
  /**
   * Names of the browser's headers that go up; nothing else does but ours. What is a secret between browser and server,
   * such as its cookies, never goes up. @default all that are harmless
   */
  readonly requestHeaders?: readonly string[]
  /**
   * Names of headers that come down though by default an API may not say them in the app's name, such as `set-cookie`
   * or `access-control-allow-origin`. @default none
   */
  readonly responseHeaders?: readonly string[]
}

export const defaultMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export function longestPrefixFirst(upstreams: readonly Upstream[]): readonly Upstream[] {
  return upstreams.toSorted((a, b) => b.prefix.length - a.prefix.length)
}
