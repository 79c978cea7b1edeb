import { routes } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { SignInRefusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import { startSession } from '../session/session.ts'
import type { Transactions } from './transaction.ts'

export interface FinishLoginParts {
  readonly provider: IdentityProvider
  readonly transactions: Transactions
  readonly sessions: SessionStore
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** `GET /auth/callback`: closes the attempt, trades the code for tokens, starts the session. */
export function finishLogin(parts: FinishLoginParts): Handler {
  const { provider, transactions, sessions, telemetry, clock } = parts
  return async function finishLogin(c) {
    const jar = honoCookieJar(c)
    const answer = new URL(c.req.url).searchParams
    // Closed whatever comes of it: one answer, one attempt (RFC 9700 §4.2.4).
    const transaction = await transactions.close(jar, answer.get('state') ?? '')
    if (transaction === null) throw new SignInRefusal({ kind: 'sign-in-unknown' }, routes.home)
    const { returnTo } = transaction
    const signIn = await provider.exchangeCode(answer, transaction)
    if (!signIn.ok) throw new SignInRefusal(signIn.error, returnTo)

    const session = startSession(signIn.value.tokens, signIn.value.claims, clock.now())
    const cookieBytes = await sessions.save(jar, session, 'fresh').catch((error: unknown) => {
      throw error instanceof SessionTooLarge
        ? new SignInRefusal({ kind: 'session-too-large', bytes: error.bytes }, returnTo)
        : error
    })
    telemetry.record({ name: 'signed-in', sid: session.sid, sub: session.sub, cookieBytes })
    return c.redirect(returnTo, 303)
  }
}
