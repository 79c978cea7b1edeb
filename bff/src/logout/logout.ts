import { routes, type LogoutAnswer, type LogoutReceipt } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { within } from '../base/within.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { Session } from '../session/session.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { Refresher } from '../tokens/refresher.ts'
import { patienceSeconds, revokeTokens } from '../tokens/revoke-tokens.ts'

export interface LogoutParts {
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly refresher: Refresher
  readonly telemetry: Telemetry
  readonly clock: Clock
}

interface LogoutVariables extends SessionVariables {
  /** Set by the guard before: a form's answer is navigated to, a script's is read. */
  sender: 'script' | 'form'
}

/**
 * `POST /auth/logout`: the session is over here first and whatever the provider does, then the tokens are revoked, then
 * the browser is told where the provider's own session ends.
 */
export function logout(parts: LogoutParts): Handler<{ Variables: LogoutVariables }> {
  return async function logout(c) {
    const session =
      c.var.lookup.state === 'live' ? await endHere(parts, c.var.lookup.session) : null
    await parts.sessions.clear(honoCookieJar(c))
    const revocations = session
      ? await revokeTokens(parts.provider, session.tokens)
      : nothingToRevoke
    if (session) parts.telemetry.record({ name: 'signed-out', sid: session.sid, ...revocations })

    // Script must not see the ID token, so only a navigation gets a URL with the hint.
    const navigates = c.var.sender === 'form'
    const hint = navigates ? (session?.tokens.idToken ?? null) : null
    const endSessionUrl = session
      ? await within(patienceSeconds, parts.provider.endSessionUrl(hint), null)
      : null
    const location = endSessionUrl?.href ?? routes.home
    if (navigates) return c.redirect(location, 303)
    const failed = revocations.accessToken === 'failed' || revocations.accessToken === 'unsupported'
    const receipt: LogoutReceipt = {
      session: session ? 'ended' : 'none',
      ...revocations,
      ...(session && failed ? { accessTokenExpiresAt: session.tokens.expiresAt } : {}),
      providerSession: endSessionUrl ? 'continue-at-location' : 'unsupported',
    }
    return c.json({ location, receipt } satisfies LogoutAnswer)
  }
}

const nothingToRevoke = { refreshToken: 'none', accessToken: 'none' } as const

/** Ends every copy of the session's cookie, and finds the tokens that are in force now. */
async function endHere(
  { ended, refresher, clock }: LogoutParts,
  session: Session,
): Promise<Session> {
  await ended.end(session, 'signed-out', clock.now())
  return refresher.newest(session)
}
