import type { Narrowing } from '../provider/provider.ts'
import type { ClientTokenCallers } from '../tokens/client-token.ts'
import type { ClientDemand } from '../tokens/client-tokens.ts'
import type { NarrowDemand } from '../tokens/narrow-store.ts'
import type { StepUpDemand } from '../base/failure.ts'
import type { TokenDemand } from '../tokens/fresh-token.ts'

/** One API behind Strongroom: a row of the table that says what may be called, and with what. */
export interface Upstream {
  /** The path that it answers below, such as `/api`. Of several that fit the longest wins. */
  readonly prefix: `/${string}`
  /** Base URL that replaces the prefix. Nothing in a request can change its origin or escape its path. */
  readonly target: URL
  /** What is passed on; anything else is 405. @default every method but CONNECT and TRACE */
  readonly methods?: readonly string[]
  /**
   * Whether the user's access token goes along, and whether the call needs it; `client`: a token of the app's own goes along in its
   * place, which stands for no user. @default 'required'
   */
  readonly token?: TokenDemand | 'client'
  /** What the app's own token is asked for, and for whose calls. Only with `token: 'client'`. @default what the provider gives, for who is signed in */
  readonly clientToken?: ClientTokenOptions
  /**
   * A token that is good for this API alone, in the place of the session's own: an API that leaks what it is sent, or is run by
   * others, can then do nothing with it elsewhere. @default the session's own
   */
  readonly accessToken?: Narrowing
  /**
   * How the user must have signed in: the `acr` of the session's ID token is one of these. A call of anybody else is answered
   * with `step_up_required` before anything is sent (RFC 9470). @default any way
   */
  readonly acrValues?: readonly string[]
  /** How long ago the user may have signed in at the provider, in seconds, by `auth_time`; else the same. @default any time */
  readonly maxAge?: number
  /**
   * Whether we show our certificate to it (`provider.clientCertificate`), as an API demands whose tokens are bound to one (RFC 8705 §3).
   * @default false
   */
  readonly clientCertificate?: boolean
  /**
   * Says of an API that knows bearer tokens alone where others are bound to a key (RFC 9449). It needs an `accessToken` of its own,
   * since the session's is bound. @default as `dpop` of the provider's settings says
   */
  readonly dpop?: false
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

/** What the app's own token is asked for (RFC 6749 §4.4.2). */
export interface ClientTokenOptions extends Pick<Narrowing, 'resource' | 'audience' | 'scopes'> {
  /**
   * Whose calls it goes along with. With `anybody` whoever reaches the app may do at the API what the app itself may.
   * @default 'signed-in'
   */
  readonly callers?: ClientTokenCallers
}

export const defaultMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** What token this row asks for in the place of the session's own, if it does. */
export function demandOf({ prefix, accessToken, dpop, token }: Upstream): NarrowDemand | null {
  if (accessToken === undefined || token === 'none' || token === 'client') return null
  return { prefix, narrowing: dpop === false ? { ...accessToken, bearer: true } : accessToken }
}

/** What token of the app's own this row asks for, if it does. */
export function clientDemandOf(
  { prefix, clientToken = {}, dpop, token }: Upstream,
  isBound: boolean,
): ClientDemand | null {
  const { callers: _callers, ...request } = clientToken
  return token === 'client' ? { prefix, request, isBound: isBound && dpop !== false } : null
}

/** What this row demands of the sign-in itself, if it does. */
export function signInDemandOf({ acrValues = [], maxAge }: Upstream): StepUpDemand | null {
  return acrValues.length === 0 && maxAge === undefined
    ? null
    : { acrValues, maxAgeSeconds: maxAge ?? null }
}

/** The APIs whose tokens are asked for with the refresh token: a sign-in must have asked for them, too (RFC 8707 §2.1). */
export function resourcesOf(upstreams: readonly Upstream[]): readonly string[] {
  return upstreams.flatMap(({ accessToken }) =>
    accessToken?.by === 'refresh' && accessToken.resource !== undefined
      ? [accessToken.resource]
      : [],
  )
}

export function longestPrefixFirst(upstreams: readonly Upstream[]): readonly Upstream[] {
  return upstreams.toSorted((a, b) => b.prefix.length - a.prefix.length)
}

/** The prefixes of the rows to which calls go that would else be this one's. */
export function prefixesBelow({ prefix }: Upstream, all: readonly Upstream[]): readonly string[] {
  return all.map((each) => each.prefix).filter((other) => other.startsWith(`${prefix}/`))
}
