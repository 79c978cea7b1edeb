import type { Context, MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { Refusal } from '../base/failure.ts'
import { incoming } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { countedNetworks } from './counted-networks.ts'
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
    if (rateLimiter) {
      for (const { key, times } of countedKeys(c, parts, group))
        refuse(c, parts, group, await rateLimiter.count(key, times))
    }
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
    if (!rateLimiter) return next()
    const counted = countedKeys(c, parts, group)
    for (const { key, times } of counted)
      refuse(c, parts, group, await rateLimiter.look(key, times))
    await next()
    if (c.res.status < 400 || c.res.status >= 500) return
    for (const { key, times } of counted) {
      const { isFirst } = await rateLimiter.count(key, times)
      if (isFirst) tell(c, parts, group)
    }
  }
}

/** What a foreign page makes a browser fetch counts apart: it could lock the user out of where the browser goes. */
function countedKeys(c: Context, parts: RateLimitParts, group: RateLimitGroup) {
  const { claimed, peer } = senderOf(c)
  const door = `rate/${group}${leadsSomewhere(c.req) ? '' : '-fetched'}`
  return countedNetworks(parts, claimed, peer).map(({ name, times }) => ({
    key: `${door}/${name}`,
    times,
  }))
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
