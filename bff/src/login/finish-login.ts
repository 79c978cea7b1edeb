import type { Handler } from 'hono'
import { Refusal, SignInRefusal, type SignInFailure, type StoreFailure } from '../base/failure.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar, type Jar } from '../session/cookie-jar.ts'
import type { ProviderSessions } from '../session/provider-sessions.ts'
import type { SessionIndex } from '../session/session-index.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import { startSession, type Session } from '../session/session.ts'
import { whereabouts } from '../session/whereabouts.ts'
import type { Predecessors } from '../tokens/predecessors.ts'
import { discardTokens } from '../tokens/discard-tokens.ts'
import { redeemCode } from '../tokens/redeem-code.ts'
import { revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'
import type { AnswerVariables } from '../provider/read-answer.ts'
import type { AnsweredStates } from './answered-states.ts'
import { silentReturn } from './silent-attempts.ts'
import { signedInAllAlong, stillLive, type SignedInAllAlongParts } from './signed-in-all-along.ts'
import { strayCallback } from './stray-callback.ts'
import type { Transaction, Transactions } from './transaction.ts'

export interface FinishLoginParts extends RevokeParts, SignedInAllAlongParts {
  readonly predecessors: Predecessors
  readonly provider: IdentityProvider
  readonly transactions: Transactions
  readonly answered: AnsweredStates
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly providerSessions: ProviderSessions
  readonly proxies: ProxyTrust
  readonly keptClaims: readonly string[]
  /** Whether a call may depend on how the user signed in. */
  readonly keepsAcr: boolean
}

/** `GET /auth/callback`: closes the attempt, trades the code for tokens, starts the session. */
export function finishLogin(parts: FinishLoginParts): Handler<{ Variables: AnswerVariables }> {
  const { sessions, index, proxies, keptClaims, keepsAcr, telemetry, clock } = parts
  return async function finishLogin(c) {
    const jar = honoCookieJar(c)
    const read = c.get('answer')
    if (!read.ok) return strayCallback(c, parts, read)
    const answer = read.value
    const transaction = await closeAttempt(parts, jar, answer.get('state') ?? '')
    if (transaction === null) return strayCallback(c, parts, read)
    const { returnTo, state, rounds } = transaction
    // Before the provider is asked: what it ends while it answers, it ends for this session too.
    const beganAt = clock.milliseconds()
    const before = async () => stillLive(parts, await parts.earlier.take(state))
    const signIn = await redeemCode(parts, before, answer, transaction)
    if (!signIn.ok) {
      const { error } = signIn
      if (error.kind !== 'sign-in-refused') throw new SignInRefusal(error, returnTo)
      const was = await signedInAllAlong(parts, state, error.providerCode)
      if (was === 'taken-back') return c.redirect(returnTo, 303)
      const taken = was === 'no' ? silentReturn(c, jar, transaction, error) : null
      if (taken !== null) return taken
      throw new SignInRefusal({ ...error, stillSignedIn: was === 'shown' }, returnTo)
    }

    const { tokens, claims } = signIn.value
    const session = startSession(tokens, claims, beganAt, { rounds, keptClaims, keepsAcr })
    const cookieBytes = await sessions.begin(jar, session).catch(async (error: unknown) => {
      const failure = beginFailure(error)
      if (failure?.kind === 'session-too-large')
        await discardTokens(parts, { tokens, sub: claims.sub }, before)
      throw failure === null ? error : new SignInRefusal(failure, returnTo)
    })
    telemetry.record({ name: 'signed-in', sid: session.sid, sub: session.sub, cookieBytes })
    await Promise.allSettled([
      index.note(session, whereabouts(c, proxies)),
      parts.providerSessions.note(session),
      endEarlier(parts, state, session),
    ])
    return c.redirect(returnTo, 303)
  }
}

/** Closed whatever comes of it: one answer, one attempt (RFC 9700 §4.2.4). */
async function closeAttempt(
  { transactions, answered }: FinishLoginParts,
  jar: Jar,
  state: string,
): Promise<Transaction | null> {
  const transaction = transactions.close(jar, state)
  return transaction !== null && (await answered.take(state)) ? transaction : null
}

function beginFailure(error: unknown): SignInFailure | StoreFailure | null {
  if (error instanceof SessionTooLarge) return { kind: 'session-too-large', bytes: error.bytes }
  return error instanceof Refusal && error.failure.kind === 'store-unreachable'
    ? error.failure
    : null
}

/**
 * The session that this one replaces is over, whoever's it was. Its tokens are revoked now only if it was another user's:
 * of one user, some providers withdraw every grant along with a token, the new one too. Those wait for the end of this session.
 */
async function endEarlier(parts: FinishLoginParts, state: string, session: Session): Promise<void> {
  const { earlier, ended, index, telemetry } = parts
  const replaced = await earlier.take(state)
  if (replaced === null) return
  const end = replaced.sub === session.sub ? 'replaced' : 'user-changed'
  await ended.end(replaced, end)
  telemetry.record({ name: 'session-ended', sid: replaced.sid, end, detail: '' })
  await index.remove(replaced.sub, replaced.sid)
  // Nobody waits for it: a provider that is slow to revoke would keep the new user from the app.
  if (replaced.sub !== session.sub) return revokeBehind(parts, replaced)
  if (parts.revokeAtSignOut !== 'neither')
    await parts.predecessors.note(session, await parts.refresher.newest(replaced))
}

function revokeBehind(parts: FinishLoginParts, replaced: Session): void {
  parts.refresher
    .newest(replaced)
    .then((newest) => revokeTokens(parts, newest))
    .catch(() => {})
}
