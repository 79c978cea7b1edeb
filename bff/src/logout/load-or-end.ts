import { routes, type LogoutAnswer } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { within } from '../base/within.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { SessionStore } from '../session/session-store.ts'
import { patienceSeconds } from '../tokens/revoke-tokens.ts'

export interface LoadOrEndParts {
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
}

interface Variables extends SessionVariables {
  sender: 'script' | 'form'
}

/**
 * Opens the session that is to be ended. One that lies in a store which can't be reached is ended unopened: whoever signs
 * out at a shared computer does not come back when the store does.
 */
export function loadOrEnd(parts: LoadOrEndParts): MiddlewareHandler<{ Variables: Variables }> {
  return async function loadOrEnd(c, next) {
    try {
      c.set('lookup', await parts.sessions.load(honoCookieJar(c)))
    } catch (error) {
      const unopened = error instanceof Refusal && error.failure.kind === 'store-unreachable'
      if (!unopened) throw error
      return endUnopened(c, parts)
    }
    return next()
  }
}

/** Its tokens lie with it, so nobody can revoke them: the receipt says so. */
async function endUnopened(
  c: Context<{ Variables: Variables }>,
  { sessions, provider }: LoadOrEndParts,
): Promise<Response> {
  await sessions.clear(honoCookieJar(c))
  const endSessionUrl = await within(patienceSeconds, provider.endSessionUrl(null), null)
  const location = endSessionUrl?.href ?? routes.home
  if (c.var.sender === 'form') return c.redirect(location, 303)
  return c.json({
    location,
    receipt: {
      session: 'ended-here',
      refreshToken: 'failed',
      accessToken: 'failed',
      providerSession: endSessionUrl ? 'continue-at-location' : 'unsupported',
    },
  } satisfies LogoutAnswer)
}
