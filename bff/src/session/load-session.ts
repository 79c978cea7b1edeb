import type { MiddlewareHandler } from 'hono'
import { whenThere } from '../base/at-once.ts'
import { Refusal } from '../base/failure.ts'
import { honoCookieJar } from './cookie-jar.ts'
import type { Session } from './session.ts'
import type { SessionLookup, SessionStore } from './session-store.ts'

export interface SessionVariables {
  lookup: SessionLookup
}

/** Opens the session that the request's cookies hold, if any. Refuses nothing. */
export function loadSession(
  store: SessionStore,
): MiddlewareHandler<{ Variables: SessionVariables }> {
  return function loadSession(c, next) {
    return whenThere(store.load(honoCookieJar(c)), (lookup) => {
      c.set('lookup', lookup)
      return next()
    }) as Promise<void>
  }
}

/** The live session, or a refusal that tells "never signed in" from "signed in no more". */
export function liveSession(lookup: SessionLookup): Session {
  if (lookup.state === 'live') return lookup.session
  throw new Refusal(
    lookup.state === 'ended'
      ? { kind: 'session-ended', end: lookup.end }
      : { kind: 'unauthenticated' },
  )
}
