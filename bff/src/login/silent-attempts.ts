import { tellProblemParameter } from '@strongroom/client'
import type { Context } from 'hono'
import { SignInRefusal, type SignInFailure } from '../base/failure.ts'
import { failureToSignInProblem } from '../base/failure-to-sign-in-problem.ts'
import { silentCookieName, type Jar } from '../session/cookie-jar.ts'
import { mostRounds } from './sign-in-rounds.ts'
import type { Transaction } from './transaction.ts'

/**
 * Attempts that ask nobody (`prompt=none`, OpenID Connect Core §3.1.2.1). Where the provider would have to ask, the browser is
 * taken to the app as it came, and nobody sees a page.
 */

/** An app that asks again as soon as it is back goes round with nobody looking. */
const onItsHeelsSeconds = 10

export function silenceOf(query: Readonly<Record<string, string>>): Transaction['silent'] {
  if (query['prompt'] !== 'none') return undefined
  return query[tellProblemParameter] === '1' ? 'told' : 'quiet'
}

/** A few in a row may be a person who reloads a page. Whoever forges the count stops nobody but themselves. */
export function stopSilentLoop(jar: Jar, silent: Transaction['silent'], returnTo: string): void {
  const rounds = roundsIn(jar)
  if (silent !== undefined && rounds >= mostRounds)
    throw new SignInRefusal({ kind: 'sign-in-loop', rounds, silent: true }, returnTo)
}

/** @returns the way to the app, or null where a person should read what went wrong */
export function silentReturn(
  c: Context,
  jar: Jar,
  { silent, returnTo }: Transaction,
  failure: Extract<SignInFailure, { readonly kind: 'sign-in-refused' }>,
): Response | null {
  const code = failureToSignInProblem(failure)
  if (silent === undefined || code !== 'sign_in_required') return null
  jar.write(silentCookieName, String(roundsIn(jar) + 1), onItsHeelsSeconds)
  return c.redirect(silent === 'told' ? withProblem(returnTo, code) : returnTo, 303)
}

function roundsIn(jar: Jar): number {
  const value = jar.read(silentCookieName) ?? ''
  return /^\d$/.test(value) ? Number(value) : 0
}

function withProblem(path: string, code: string): string {
  const url = new URL(path, 'http://localhost')
  url.searchParams.set('problem', code)
  return url.pathname + url.search + url.hash
}
