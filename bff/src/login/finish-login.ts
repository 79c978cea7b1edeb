import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import type { SignInFailure } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import { startSession } from '../session/session.ts'
import { signInFailedPage } from './sign-in-failed-page.ts'
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
    if (transaction === null) return signInFailedPage(c, telemetry, { kind: 'sign-in-unknown' }, '/')
    const signIn = await provider.exchangeCode(answer, transaction)
    if (!signIn.ok) return signInFailedPage(c, telemetry, signIn.error, transaction.returnTo)

    const session = startSession(signIn.value.tokens, signIn.value.claims, clock.now())
    try {
      const cookieBytes = await sessions.save(jar, session, 'fresh')
      telemetry.record({ name: 'signed-in', sid: session.sid, sub: session.sub, cookieBytes })
    } catch (error) {
      return signInFailedPage(c, telemetry, tooLarge(error), transaction.returnTo)
    }
    return c.redirect(transaction.returnTo, 303)
  }
}

function tooLarge(error: unknown): SignInFailure {
  if (error instanceof SessionTooLarge) return { kind: 'session-too-large', bytes: error.bytes }
  throw error
}
