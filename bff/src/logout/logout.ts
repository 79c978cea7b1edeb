import type { LogoutAnswer, LogoutReceipt } from '@strongroom/client'
import type { Handler } from 'hono'
import { localReturnTo } from '../base/return-to.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { Session } from '../session/session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { Refresher } from '../tokens/refresher.ts'
import type { NarrowStore } from '../tokens/narrow-store.ts'
import type { RevocationOutbox } from '../tokens/revocation-outbox.ts'
import { revokeTokens } from '../tokens/revoke-tokens.ts'
import { askedReturnTo } from './asked-return-to.ts'
import { endSessionUrl, handOver, type HandOverParts } from './hand-over.ts'

export interface LogoutParts extends HandOverParts {
  readonly publicUrl: URL
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly refresher: Refresher
  readonly index: SessionIndex
  readonly outbox: RevocationOutbox
  readonly narrowTokens: NarrowStore
  readonly telemetry: Telemetry
}

interface LogoutVariables extends SessionVariables {
  /** Set by the guard before: a form's answer is navigated to, a script's is read. */
  sender: 'script' | 'form'
}

/**
 * `POST /auth/logout`: the session is over here first and whatever the provider does, then the tokens are revoked, then
 * the browser is told where the provider's own session ends. `return_to` says where the way is to end.
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

    // A browser that has cached much takes half a second over this, and holds the answer back. The client asks again for
    // an answer that nobody waits for.
    if (lookup.state === 'none') c.header('Clear-Site-Data', '"cache"')
    const returnTo = localReturnTo(await askedReturnTo(c), parts.publicUrl)
    // Script must not see the ID token, so only a navigation gets a URL with the hint.
    if (c.var.sender === 'form') {
      return session ? handOver(c, parts, session, returnTo) : c.redirect(returnTo, 303)
    }
    const continueAt = session ? await endSessionUrl(parts, null, returnTo) : null
    const livesOn = session !== null && revocations.accessToken !== 'revoked'
    const receipt: LogoutReceipt = {
      session: reach === null ? 'none' : reach === 'everywhere' ? 'ended' : 'ended-here',
      ...revocations,
      ...(livesOn ? { accessTokenExpiresAt: session.tokens.expiresAt } : {}),
      providerSession: continueAt ? 'continue-at-location' : 'unsupported',
    }
    return c.json({ location: continueAt?.href ?? returnTo, receipt } satisfies LogoutAnswer)
  }
}

const nothingToRevoke = { refreshToken: 'none', accessToken: 'none' } as const

/** The tokens that are in force now; while the store can't be asked, those of the cookie. */
function newestOf({ refresher, index }: LogoutParts, session: Session): Promise<Session> {
  index.remove(session.sub, session.sid).catch(() => {})
  return refresher.newest(session)
}
