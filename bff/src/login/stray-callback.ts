import { routes } from '@strongroom/client'
import type { Context } from 'hono'
import { Refusal, SignInRefusal } from '../base/failure.ts'
import { honoCookieJar, sessionCookieName } from '../session/cookie-jar.ts'
import type { SessionLookup, SessionStore } from '../session/session-store.ts'

/**
 * An answer to no attempt of this browser's: the back button, a reload, a bookmark, too late, or somebody else's. Who is
 * signed in is taken to the app; anybody else is told. Nothing is begun, ended or changed by it.
 */
export async function strayCallback(c: Context, sessions: SessionStore): Promise<Response> {
  const jar = honoCookieJar(c)
  const lookup = await sessions.load(jar).catch(refuseSignIn)
  if (lookup.state === 'live') return c.redirect(routes.home, 303)
  if (mayBeWithholding(c)) throw new SignInRefusal({ kind: 'session-withheld' }, routes.home)
  const known = jar.names().some((name) => name.startsWith(sessionCookieName))
  throw new SignInRefusal(
    { kind: 'sign-in-unknown', cookies: known ? 'some' : 'none' },
    routes.home,
  )
}

/**
 * Coming from another site, a browser leaves its strict cookies at home; from a page of ours it brings them. That page leads
 * here without a query, so whatever a browser says of itself then, it is not sent round again.
 */
function mayBeWithholding(c: Context): boolean {
  return c.req.header('Sec-Fetch-Site') === 'cross-site' && new URL(c.req.url).search !== ''
}

function refuseSignIn(error: unknown): SessionLookup {
  if (error instanceof Refusal && error.failure.kind === 'store-unreachable') {
    throw new SignInRefusal(error.failure, routes.home)
  }
  throw error
}
