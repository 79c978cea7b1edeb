import type { LogoutAnswer } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { localReturnTo } from '../base/return-to.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { SessionStore } from '../session/session-store.ts'
import { askedReturnTo } from './asked-return-to.ts'
import { endSessionUrl, type EndSessionParts } from './hand-over.ts'

export interface LoadOrEndParts extends EndSessionParts {
  readonly publicUrl: URL
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
  parts: LoadOrEndParts,
): Promise<Response> {
  await parts.sessions.clear(honoCookieJar(c))
  const returnTo = localReturnTo(await askedReturnTo(c), parts.publicUrl)
  const continueAt = await endSessionUrl(parts, null, returnTo)
  const location = continueAt?.href ?? returnTo
  if (c.var.sender === 'form') return c.redirect(location, 303)
  return c.json({
    location,
    receipt: {
      session: 'ended-here',
      refreshToken: 'failed',
      accessToken: 'failed',
      providerSession: continueAt ? 'continue-at-location' : 'unsupported',
    },
  } satisfies LogoutAnswer)
}
