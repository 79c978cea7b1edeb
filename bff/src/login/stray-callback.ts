import { routes } from '@strongroom/client'
import type { Context } from 'hono'
import { answeredBefore } from '../base/come-again.ts'
import { Refusal, SignInRefusal } from '../base/failure.ts'
import { honoCookieJar, sessionCookieName } from '../session/cookie-jar.ts'
import type { AnsweredStates } from './answered-states.ts'
import type { AnswerVariables } from '../provider/read-answer.ts'
import type { SessionLookup, SessionStore } from '../session/session-store.ts'

export interface StrayCallbackParts {
  readonly sessions: SessionStore
  readonly answered: AnsweredStates
}

/**
 * An answer to no attempt of this browser's: the back button, a reload, a bookmark, too late, or somebody else's. Who is
 * signed in is taken to the app; anybody else is told, also what is wrong with an answer that is not to be believed. Nothing
 * is begun, ended or changed by it.
 */
export async function strayCallback(
  c: Context,
  { sessions, answered }: StrayCallbackParts,
  answer: AnswerVariables['answer'],
): Promise<Response> {
  const jar = honoCookieJar(c)
  const lookup = await Promise.resolve(sessions.load(jar)).catch(refuseSignIn)
  if (lookup.state === 'live') return c.redirect(routes.home, 303)
  if (!answer.ok) throw new SignInRefusal(answer.error, routes.home)
  const { search } = new URL(c.req.url)
  const isAnswered =
    search === answeredBefore || (await answered.has(answer.value.get('state') ?? ''))
  if (mayBeWithholding(c, search))
    throw new SignInRefusal({ kind: 'session-withheld', answered: isAnswered }, routes.home)
  if (isAnswered) throw new SignInRefusal({ kind: 'sign-in-answered' }, routes.home)
  const known = jar.names().some((name) => name.startsWith(sessionCookieName))
  throw new SignInRefusal(
    { kind: 'sign-in-unknown', cookies: known ? 'some' : 'none' },
    routes.home,
  )
}

/**
 * Coming from another site, a browser leaves its strict cookies at home; from a page of ours it brings them. That page leads
 * here without the answer, so whatever a browser says of itself then, it is not sent round again.
 */
function mayBeWithholding(c: Context, search: string): boolean {
  const isFirst = search !== '' && search !== answeredBefore
  return isFirst && c.req.header('Sec-Fetch-Site') === 'cross-site'
}

function refuseSignIn(error: unknown): SessionLookup {
  if (error instanceof Refusal && error.failure.kind === 'store-unreachable') {
    throw new SignInRefusal(error.failure, routes.home)
  }
  throw error
}
