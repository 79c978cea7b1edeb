import type { SessionList } from '@strongroom/client'
import type { Context, Handler } from 'hono'
import { digest } from '../base/digest.ts'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { honoCookieJar } from './cookie-jar.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { liveSession, type SessionVariables } from './load-session.ts'
import type { IndexedSession, SessionIndex } from './session-index.ts'
import type { Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

export interface SessionListParts {
  readonly index: SessionIndex
  readonly ended: EndedSessions
  readonly sessions: SessionStore
  readonly telemetry: Telemetry
  /** Of one's own session the tokens are at hand; those of others are revoked when their cookie shows up. */
  revoke(session: Session): Promise<unknown>
  /** Ends what the app does for a user while they are away; null where there is nothing of the kind. */
  readonly withdrawGrants?: ((sub: string) => Promise<void>) | null
}

type SessionListHandler<Path extends string> = Handler<{ Variables: SessionVariables }, Path>

/** `GET /auth/sessions`: the user's own sessions, on all their devices. */
export function listSessions({
  index,
}: Pick<SessionListParts, 'index'>): SessionListHandler<string> {
  return async function listSessions(c) {
    const own = liveSession(c.var.lookup)
    const entries = await index.of(own.sub)
    return c.json({
      sessions: entries.map((entry) => ({
        id: publicId(entry.sid),
        current: entry.sid === own.sid,
        startedAt: entry.startedAt,
        seenAt: entry.seenAt,
        browser: entry.browser,
        device: entry.device,
        address: entry.address,
      })),
    } satisfies SessionList)
  }
}

/** `DELETE /auth/sessions/{id}`: ends one of the user's own sessions, wherever it is. */
export function endSession(parts: SessionListParts): SessionListHandler<`${string}/:id`> {
  return async function endSession(c) {
    const own = liveSession(c.var.lookup)
    const entries = await parts.index.of(own.sub)
    const found = entries.find(({ sid }) => publicId(sid) === c.req.param('id'))
    if (!found) throw new Refusal({ kind: 'not-found' })
    await endIndexed(c, parts, own, found)
    return c.body(null, 204)
  }
}

/**
 * `DELETE /auth/sessions`: ends every session of the user that began before now, this one too. With `?grants=withdraw` what
 * goes on without them as well: first, since afterwards they could not ask for it any more.
 */
export function endAllSessions(parts: SessionListParts): SessionListHandler<string> {
  return async function endAllSessions(c) {
    const own = liveSession(c.var.lookup)
    if (c.req.query('grants') === 'withdraw') await parts.withdrawGrants?.(own.sub)
    await parts.ended.endAllOf(own.sub, 'signed-out-elsewhere')
    tellEnd(parts, own.sid, 'with all others of the user')
    await forgetOwn(c, parts, own)
    // They are over, though the store may not take them off the list now.
    await parts.index.clear(own.sub).catch(() => {})
    return c.body(null, 204)
  }
}

async function forgetOwn(
  c: Context,
  { sessions, revoke }: SessionListParts,
  own: Session,
): Promise<void> {
  await sessions.clear(honoCookieJar(c))
  await revoke(own)
}

async function endIndexed(
  c: Context,
  parts: SessionListParts,
  own: Session,
  { sid }: IndexedSession,
): Promise<void> {
  await parts.ended.end({ sid }, 'signed-out-elsewhere')
  tellEnd(parts, sid, '')
  await parts.index.remove(own.sub, sid)
  if (sid === own.sid) await forgetOwn(c, parts, own)
}

function tellEnd({ telemetry }: SessionListParts, sid: string, detail: string): void {
  telemetry.record({ name: 'session-ended', sid, end: 'signed-out-elsewhere', detail })
}

/** Our own name of a session stays between us and the log. */
function publicId(sid: string): string {
  return digest(sid).slice(0, 16)
}
