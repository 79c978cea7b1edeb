import type { MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { SessionLookup, SessionStore } from '../session/session-store.ts'

export interface EndingVariables {
  /** `unopened`: there is one, and its tokens with it, in a store that can't be reached. */
  ending: SessionLookup | { readonly state: 'unopened' }
}

/**
 * Opens the session that is to be ended. One that lies in a store which can't be reached is to be ended unopened: whoever
 * signs out at a shared computer does not come back when the store does.
 */
export function loadOrEnd({
  sessions,
}: {
  readonly sessions: SessionStore
}): MiddlewareHandler<{ Variables: EndingVariables }> {
  return async function loadOrEnd(c, next) {
    try {
      c.set('ending', await sessions.load(honoCookieJar(c)))
    } catch (error) {
      const unopened = error instanceof Refusal && error.failure.kind === 'store-unreachable'
      if (!unopened) throw error
      c.set('ending', { state: 'unopened' })
    }
    await next()
  }
}
