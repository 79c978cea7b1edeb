import type { LogoutAnswer, LogoutReceipt } from '@strongroom/client'
import type { Handler } from 'hono'
import { localReturnTo } from '../base/return-to.ts'
import type { SenderVariables } from '../base/sender.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions, Reach } from '../session/ended-sessions.ts'
import type { Session } from '../session/session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { Refresher } from '../tokens/refresher.ts'
import type { RevocationOutbox } from '../tokens/revocation-outbox.ts'
import { revokeTokens, type Revocations } from '../tokens/revoke-tokens.ts'
import { askedReturnTo } from './asked-return-to.ts'
import { endSessionUrl, handOver, type HandOverParts } from './hand-over.ts'
import type { EndingVariables } from './load-or-end.ts'

type Ending = EndingVariables['ending']

export interface LogoutParts extends HandOverParts {
  readonly publicUrl: URL
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly refresher: Refresher
  readonly index: SessionIndex
  readonly outbox: RevocationOutbox
  readonly telemetry: Telemetry
}

/**
 * `POST /auth/logout`: the session is over here first and whatever the provider does, then the tokens are revoked, then
 * the browser is told where the provider's own session ends. `return_to` says where the way is to end.
 */
export function logout(
  parts: LogoutParts,
): Handler<{ Variables: EndingVariables & SenderVariables }> {
  return async function logout(c) {
    const { ending, sender } = c.var
    const reach = await endHere(parts, ending)
    // One that idled out still has its tokens, and the provider still has its session.
    const known = 'session' in ending ? ending.session : null
    const session = known === null ? null : await newestOf(parts, known)
    await parts.sessions.clear(honoCookieJar(c))
    const revocations = session ? await revokeTokens(parts, session) : unrevoked(ending)
    if (session) parts.telemetry.record({ name: 'signed-out', sid: session.sid, ...revocations })

    // A browser that has cached much takes half a second over this, and holds the answer back. The client asks again for
    // an answer that nobody waits for.
    if (ending.state === 'none') c.header('Clear-Site-Data', '"cache"')
    const returnTo = localReturnTo(await askedReturnTo(c), parts.publicUrl)
    const isAnybody = session !== null || ending.state === 'unopened'
    // Script must not see the ID token, so only a navigation gets a URL with the hint.
    if (sender === 'form') {
      const hint = session?.tokens.idToken ?? null
      return isAnybody ? handOver(c, parts, hint, returnTo) : c.redirect(returnTo, 303)
    }
    const continueAt = isAnybody ? await endSessionUrl(parts, null, returnTo) : null
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

/** Null where there was none that lived. One that can't be opened ends with its cookie. */
async function endHere({ ended }: LogoutParts, ending: Ending): Promise<Reach | null> {
  if (ending.state === 'unopened') return 'here'
  return ending.state === 'live' ? ended.end(ending.session, 'signed-out') : null
}

/** Tokens that lie in a store which can't be reached nobody can revoke: the receipt says so. */
function unrevoked({ state }: Ending): Revocations {
  const told = state === 'unopened' ? 'failed' : 'none'
  return { refreshToken: told, accessToken: told }
}

/** The tokens that are in force now; while the store can't be asked, those of the cookie. */
function newestOf({ refresher, index }: LogoutParts, session: Session): Promise<Session> {
  index.remove(session.sub, session.sid).catch(() => {})
  return refresher.newest(session)
}
