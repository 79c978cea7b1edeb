import type { SessionEnd } from '../base/failure.ts'
import type { KeyValue } from '../keyvalue/keyvalue.ts'
import type { Session, SessionLimits } from './session.ts'

/**
 * The sessions that ended before their time. A cookie can't be called back, so a copy of one would live on after the
 * sign-out; this remembers the few that are dead instead of the many that live, until they would have ended anyway.
 */
export interface EndedSessions {
  end(session: Session, end: SessionEnd, now: number): Promise<void>
  /** Why it ended, or null while it lives. */
  endOf(session: Session): Promise<SessionEnd | null>
}

export function endedSessions(keyValue: KeyValue, limits: SessionLimits): EndedSessions {
  return {
    async end(session, end, now) {
      const lastsUntil = session.startedAt + limits.maxSeconds
      await keyValue.set(key(session), end, Math.max(1, lastsUntil - now))
    },
    async endOf(session) {
      return (await keyValue.get(key(session))) as SessionEnd | null
    },
  }
}

function key(session: Session): string {
  return `ended/${session.sid}`
}
