import { backgroundHeader } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { refreshDueAt, type AccessToken } from '../provider/token-set.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import { isTouchDue, type Session, type SessionLimits } from '../session/session.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import type { Refresher } from './refresher.ts'

/** Whether a call needs somebody signed in: yes, only takes their token along, or goes without. */
export type TokenDemand = 'required' | 'if-signed-in' | 'none'

export interface TokenVariables {
  accessToken: AccessToken | null
}

export interface FreshTokenParts {
  readonly refresher: Refresher
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly limits: SessionLimits
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Sets an access token that is good for this call, and lets the browser know when the session has moved on meanwhile. */
export function freshToken(
  parts: FreshTokenParts,
  demand: TokenDemand,
): MiddlewareHandler<{ Variables: SessionVariables & TokenVariables }> {
  return async function freshToken(c, next) {
    c.set('accessToken', null)
    if (demand === 'none' || (demand === 'if-signed-in' && c.var.lookup.state !== 'live'))
      return next()
    const loaded = liveSession(c.var.lookup)
    const fresh = await parts.refresher.fresh(loaded)
    if (!fresh.ok) throw new Refusal(fresh.error)
    c.set('accessToken', fresh.value.tokens.accessToken)
    await next()
    await keepSession(c, parts, loaded.generation, fresh.value)
  }
}

/** Writes the cookie only when something changed: a newer generation, or a tenth of the idle time gone by. */
async function keepSession(
  c: Context,
  { refresher, sessions, ended, limits, clock, telemetry }: FreshTokenParts,
  generationInBrowser: number,
  session: Session,
): Promise<void> {
  const now = clock.now()
  // A refresh may have ended while the upstream was answering: an older generation must not be written over it.
  const newest = now < refreshDueAt(session.tokens) ? session : await refresher.newest(session)
  const active = c.req.header(backgroundHeader.name) === undefined
  const touch = active && isTouchDue(newest, limits, now)
  if (newest.generation === generationInBrowser && !touch) return
  // Signed out while the upstream was answering: this answer must not bring the session back.
  if ((await ended.endOf(newest)) !== null) return
  try {
    await sessions.save(honoCookieJar(c), active ? { ...newest, touchedAt: now } : newest)
    c.header('Cache-Control', 'no-store')
  } catch (error) {
    // The API has answered; its answer is not lost because the cookie grew too large.
    if (!(error instanceof SessionTooLarge)) throw error
    telemetry.record({ name: 'session-large', bytes: error.bytes })
  }
}
