import type { Context, MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { clientNetwork } from '../base/client-network.ts'
import { Refusal } from '../base/failure.ts'
import { incoming } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { leadsSomewhere } from './navigation.ts'
import type { RateLimiter, Verdict } from './rate-limiter.ts'

export interface RateLimitParts {
  /** Null: no limit. */
  readonly rateLimiter: RateLimiter | null
  readonly proxies: ProxyTrust
  readonly telemetry: Telemetry
}

type LimitedContext = Context<{ Variables: RequestIdVariables }>

/** What is counted together. */
export type RateLimitGroup = 'login' | 'callback' | 'logout' | 'provider-logout'

/**
 * Refuses whose network has asked too often within the minute. By network alone: a limit for each account would let
 * anybody lock anybody out.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6585#section-4 RFC 6585 §4 (429)}
 */
export function rateLimit(parts: RateLimitParts, group: RateLimitGroup): MiddlewareHandler {
  return async function rateLimit(c, next) {
    const { rateLimiter } = parts
    const network = networkOf(c, parts.proxies)
    if (rateLimiter && network)
      refuse(c, parts, group, await rateLimiter.count(key(c, group, network)))
    await next()
  }
}

/**
 * The same, counting only what was answered with a 4xx: a provider's one address may rightly send thousands of logout
 * tokens, and nobody thousands that are refused.
 */
export function rateLimitRefused(parts: RateLimitParts, group: RateLimitGroup): MiddlewareHandler {
  return async function rateLimitRefused(c, next) {
    const { rateLimiter } = parts
    const network = networkOf(c, parts.proxies)
    if (!rateLimiter || !network) return next()
    const counted = key(c, group, network)
    refuse(c, parts, group, await rateLimiter.look(counted))
    await next()
    if (c.res.status < 400 || c.res.status >= 500) return
    const { isFirst } = await rateLimiter.count(counted)
    if (isFirst) tell(c, parts, group)
  }
}

/** Null where there is no socket to ask, as on other runtimes: what can't be told apart can't be counted. */
function networkOf(c: Context, proxies: ProxyTrust): string | null {
  const { claimed, peer } = senderOf(c)
  const address = proxies.clientAddress(claimed, peer)
  return address === null ? null : (clientNetwork(address) ?? 'unreadable')
}

/** What a foreign page makes a browser fetch counts apart: it could lock the user out of where the browser goes. */
function key(c: Context, group: RateLimitGroup, network: string): string {
  return `rate/${group}${leadsSomewhere(c.req) ? '' : '-fetched'}/${network}`
}

function refuse(
  c: LimitedContext,
  parts: RateLimitParts,
  group: RateLimitGroup,
  { retryAfterSeconds, isFirst }: Verdict,
): void {
  if (retryAfterSeconds === null) return
  if (isFirst) tell(c, parts, group)
  throw new Refusal({ kind: 'rate-limited', retryAfterSeconds })
}

function tell(
  c: LimitedContext,
  { telemetry, proxies }: RateLimitParts,
  group: RateLimitGroup,
): void {
  const { claimed, peer } = senderOf(c)
  const unnamedProxy = claimed !== undefined && proxies.forwardedFor(claimed, peer) === peer
  telemetry.record({ name: 'rate-limited', group, unnamedProxy, requestId: c.var.requestId })
}

function senderOf(c: Context) {
  return {
    claimed: c.req.header('x-forwarded-for'),
    peer: incoming(c)?.socket.remoteAddress,
  }
}
