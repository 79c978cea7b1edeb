import { loginParameters } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { SignInRefusal } from '../base/failure.ts'
import { localReturnTo } from '../base/return-to.ts'
import { wholeSeconds } from '../base/whole-seconds.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar, type Jar } from '../session/cookie-jar.ts'
import type { SessionLookup, SessionStore } from '../session/session-store.ts'
import type { EarlierSessions } from './earlier-session.ts'
import { mostRounds, roundsBefore } from './sign-in-rounds.ts'
import { silenceOf, stopSilentLoop } from './silent-attempts.ts'
import { patiently } from '../provider/patiently.ts'
import type { Transactions } from './transaction.ts'

export interface StartLoginParts {
  readonly provider: IdentityProvider
  readonly transactions: Transactions
  readonly sessions: SessionStore
  readonly earlier: EarlierSessions
  readonly publicUrl: URL
  readonly reservedPaths: readonly string[]
  readonly clock: Clock
}

/** `GET /auth/login`: opens an attempt and sends the browser to the provider. */
export function startLogin(parts: StartLoginParts): Handler {
  const { provider, transactions, publicUrl, clock } = parts
  return async function startLogin(c) {
    const jar = honoCookieJar(c)
    const returnTo = localReturnTo(c.req.query('return_to'), publicUrl, parts.reservedPaths)
    const query = c.req.query()
    const parameters = passedOn(query)
    const silent = silenceOf(query)
    stopSilentLoop(jar, silent, returnTo)
    const lookup = await lookUp(jar, parts)
    const byHand = c.req.header('Sec-Fetch-User') === '?1'
    const rounds = roundsBefore('session' in lookup ? lookup.session : null, byHand, clock.now())
    if (rounds >= mostRounds) throw new SignInRefusal({ kind: 'sign-in-loop', rounds }, returnTo)
    const transaction = transactions.begin({
      returnTo,
      maxAgeSeconds: wholeSeconds(parameters['max_age']),
      acrValues: parameters['acr_values']?.split(' ') ?? [],
      rounds,
      ...(silent && { silent }),
    })
    const url = await patiently(provider.authorizationUrl(transaction, parameters))
    if (!url.ok) throw new SignInRefusal(url.error, returnTo)
    transactions.keep(jar, transaction)
    await rememberEarlier(lookup, parts, transaction.state)
    return c.redirect(url.value.href, 303)
  }
}

/** Signing in goes on without: a store that can't be asked has said so in the log. */
function lookUp(jar: Jar, { sessions }: StartLoginParts): Promise<SessionLookup> {
  return Promise.resolve(sessions.load(jar)).catch(() => ({ state: 'none' }))
}

/** Signing in does not depend on it: without the store the earlier session ends by itself. */
async function rememberEarlier(
  lookup: SessionLookup,
  { earlier }: StartLoginParts,
  state: string,
): Promise<void> {
  try {
    if (lookup.state === 'live') await earlier.keep(state, lookup.session)
  } catch {
    // The store can't be reached; its guard has said so in the log.
  }
}

/** What a link may ask of the provider. Anything else in the query, such as a scope, is ours to say. */
function passedOn(query: Readonly<Record<string, string>>): Record<string, string> {
  const named = loginParameters.map((name) => [name, query[name] ?? ''] as const)
  return Object.fromEntries(
    named.filter(
      ([name, value]) => value !== '' && (name !== 'max_age' || wholeSeconds(value) !== null),
    ),
  )
}
