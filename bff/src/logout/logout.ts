import { routes, type LogoutAnswer, type LogoutReceipt } from '@strongroom/client'
import type { Handler } from 'hono'
import { within } from '../base/within.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { Session } from '../session/session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { Refresher } from '../tokens/refresher.ts'
import type { RevocationOutbox } from '../tokens/revocation-outbox.ts'
import { patienceSeconds, revokeTokens } from '../tokens/revoke-tokens.ts'

export interface LogoutParts {
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly refresher: Refresher
  readonly index: SessionIndex
  readonly outbox: RevocationOutbox
  readonly telemetry: Telemetry
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
    const { lookup } = c.var
    const reach =
      lookup.state === 'live' ? await parts.ended.end(lookup.session, 'signed-out') : null
    // One that idled out still has its tokens, and the provider still has its session.
    const known = lookup.state === 'none' ? null : lookup.session
    const session = known === null ? null : await newestOf(parts, known)
    await parts.sessions.clear(honoCookieJar(c))
    const revocations = session ? await revokeTokens(parts, session) : nothingToRevoke
    if (session) parts.telemetry.record({ name: 'signed-out', sid: session.sid, ...revocations })

    // Script must not see the ID token, so only a navigation gets a URL with the hint.
    const navigates = c.var.sender === 'form'
    const hint = navigates ? (session?.tokens.idToken ?? null) : null
    const endSessionUrl = session
      ? await within(patienceSeconds, parts.provider.endSessionUrl(hint), null)
      : null
    const location = endSessionUrl?.href ?? routes.home
    if (navigates) return c.redirect(location, 303)
    const livesOn = session !== null && revocations.accessToken !== 'revoked'
    const receipt: LogoutReceipt = {
      session: reach === null ? 'none' : reach === 'everywhere' ? 'ended' : 'ended-here',
      ...revocations,
      ...(livesOn ? { accessTokenExpiresAt: session.tokens.expiresAt } : {}),
      providerSession: endSessionUrl ? 'continue-at-location' : 'unsupported',
    }
    return c.json({ location, receipt } satisfies LogoutAnswer)
  }
}

const nothingToRevoke = { refreshToken: 'none', accessToken: 'none' } as const

/** The tokens that are in force now; while the store can't be asked, those of the cookie. */
function newestOf({ refresher, index }: LogoutParts, session: Session): Promise<Session> {
  index.remove(session.sub, session.sid).catch(() => {})
  return refresher.newest(session)
}
