import { routes } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { Refusal, SignInRefusal, type SignInFailure, type StoreFailure } from '../base/failure.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionIndex } from '../session/session-index.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import { startSession, type Session } from '../session/session.ts'
import { whereabouts } from '../session/whereabouts.ts'
import type { Refresher } from '../tokens/refresher.ts'
import { revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'
import type { EarlierSessions } from './earlier-session.ts'
import type { Transactions } from './transaction.ts'

export interface FinishLoginParts extends RevokeParts {
  readonly provider: IdentityProvider
  readonly transactions: Transactions
  readonly earlier: EarlierSessions
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly proxies: ProxyTrust
  readonly refresher: Refresher
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** `GET /auth/callback`: closes the attempt, trades the code for tokens, starts the session. */
export function finishLogin(parts: FinishLoginParts): Handler {
  const { provider, transactions, sessions, index, proxies, telemetry, clock } = parts
  return async function finishLogin(c) {
    const jar = honoCookieJar(c)
    const answer = new URL(c.req.url).searchParams
    // Closed whatever comes of it: one answer, one attempt (RFC 9700 §4.2.4).
    const transaction = await transactions.close(jar, answer.get('state') ?? '')
    if (transaction === null) throw new SignInRefusal({ kind: 'sign-in-unknown' }, routes.home)
    const { returnTo, state } = transaction
    const signIn = await provider.exchangeCode(answer, transaction)
    if (!signIn.ok) throw new SignInRefusal(signIn.error, returnTo)

    const session = startSession(signIn.value.tokens, signIn.value.claims, clock.milliseconds())
    const cookieBytes = await sessions.begin(jar, session).catch((error: unknown) => {
      const failure = beginFailure(error)
      throw failure === null ? error : new SignInRefusal(failure, returnTo)
    })
    telemetry.record({ name: 'signed-in', sid: session.sid, sub: session.sub, cookieBytes })
    await Promise.allSettled([
      index.note(session, whereabouts(c, proxies)),
      endEarlier(parts, state, session),
    ])
    return c.redirect(returnTo, 303)
  }
}

function beginFailure(error: unknown): SignInFailure | StoreFailure | null {
  if (error instanceof SessionTooLarge) return { kind: 'session-too-large', bytes: error.bytes }
  return error instanceof Refusal && error.failure.kind === 'store-unreachable'
    ? error.failure
    : null
}

/**
 * The session that this one replaces is over, whoever's it was. Its tokens are revoked only if it was another user's:
 * of one user, some providers withdraw every grant along with a token, the new one too.
 */
async function endEarlier(parts: FinishLoginParts, state: string, session: Session): Promise<void> {
  const { earlier, ended, index, telemetry } = parts
  const replaced = await earlier.take(state)
  if (replaced === null) return
  await ended.end(replaced, 'replaced')
  telemetry.record({ name: 'session-ended', sid: replaced.sid, end: 'replaced', detail: '' })
  await index.remove(replaced.sub, replaced.sid)
  if (replaced.sub === session.sub) return
  await revokeTokens(parts, await parts.refresher.newest(replaced))
}
