import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import { honoCookieJar } from './cookie-jar.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { liveSession, type SessionVariables } from './load-session.ts'
import type { SessionEndpointParts } from './session-endpoint.ts'
import type { SessionIndex } from './session-index.ts'
import type { SessionStore } from './session-store.ts'
import { sessionView } from './session-view.ts'
import { isTouchDue } from './session.ts'
import { whereabouts } from './whereabouts.ts'

export interface TouchSessionParts extends SessionEndpointParts {
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly ended: EndedSessions
  readonly proxies: ProxyTrust
  readonly clock: Clock
}

/**
 * `POST /auth/session`: the user is there, though they may only be typing. Puts off the idle end as a call of the API does, and
 * nothing else.
 */
export function touchSession(parts: TouchSessionParts): Handler<{ Variables: SessionVariables }> {
  const { limits, clock, refresher, sessions, index, ended, proxies } = parts
  return async function touchSession(c) {
    const loaded = liveSession(c.var.lookup)
    const newest = await refresher.newest(loaded)
    const now = clock.now()
    const touched = isTouchDue(newest, limits, now) ? { ...newest, touchedAt: now } : newest
    if (touched !== loaded) {
      const end = await ended.surelyEndOf(newest)
      if (end !== null) throw new Refusal({ kind: 'session-ended', end })
      await sessions.save(honoCookieJar(c), touched)
      // For the user's list of sessions. Nobody waits for it.
      index.note(touched, whereabouts(c, proxies)).catch(() => {})
    }
    return c.json(sessionView(touched, limits, refresher.isDegraded(touched)))
  }
}
