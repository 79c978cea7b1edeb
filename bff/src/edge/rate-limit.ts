import type { Context, MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { CallLimit } from '../base/call-limit.ts'
import { Refusal } from '../base/failure.ts'
import { incoming } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { countedNetworks } from './counted-networks.ts'
import type { RateLimiter, Verdict } from './rate-limiter.ts'

export interface RateLimitParts {
  /** Null: no limit. */
  readonly rateLimiter: RateLimiter | null
  readonly proxies: ProxyTrust
  readonly telemetry: Telemetry
}

type LimitedContext = Context<{ Variables: RequestIdVariables }>

/** What is counted together. */
export type RateLimitGroup =
  | 'login'
  | 'callback'
  | 'logout'
  | 'logout-of-nobody'
  | 'backchannel-logout'
  | 'frontchannel-logout'
  | 'session-check'
  | 'grant-connect'
  | 'grant-run'

/** Refuses whose network has asked too often within the minute: {@link callLimit} before a whole route. */
export function rateLimit(parts: RateLimitParts, group: RateLimitGroup): MiddlewareHandler {
  const limit = callLimit(parts, group)
  return async function rateLimit(c, next) {
    await limit.admit(c)
    await next()
  }
}

/**
 * Counts by network alone: a limit for each account would let anybody lock anybody out.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6585#section-4 RFC 6585 §4 (429)}
 */
export function callLimit(parts: RateLimitParts, group: RateLimitGroup): CallLimit {
  const { rateLimiter, proxies, telemetry } = parts

  async function judge(
    c: LimitedContext,
    how: 'count' | 'look',
  ): Promise<Verdict['retryAfterSeconds']> {
    if (!rateLimiter) return null
    for (const { name, times } of countedNetworks(parts, ...senderOf(c))) {
      const verdict = await rateLimiter[how](`rate/${group}/${name}`, times)
      if (verdict.isFirst) tell(c)
      if (verdict.retryAfterSeconds !== null) return verdict.retryAfterSeconds
    }
    return null
  }

  function tell(c: LimitedContext): void {
    const [claimed, peer] = senderOf(c)
    const unnamedProxy = claimed !== undefined && !proxies.isTrusted(peer)
    telemetry.record({ name: 'rate-limited', group, unnamedProxy, requestId: c.var.requestId })
  }

  return {
    count: async (c) => (await judge(c, 'count')) === null,
    admit: async (c) => refuse(await judge(c, 'count')),
    look: async (c) => refuse(await judge(c, 'look')),
  }
}

function refuse(retryAfterSeconds: number | null): void {
  if (retryAfterSeconds !== null) throw new Refusal({ kind: 'rate-limited', retryAfterSeconds })
}

function senderOf(c: Context): [claimed: string | undefined, peer: string | undefined] {
  return [c.req.header('x-forwarded-for'), incoming(c)?.socket.remoteAddress]
}
