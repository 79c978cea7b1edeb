import { whenThere } from '../base/at-once.ts'
import type { Clock } from '../base/clock.ts'
import type { KeyRing } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { sealedCookie } from './sealed-cookie.ts'
import { overBecause, sessionSchema, type Session, type SessionLimits } from './session.ts'
import { SessionTooLarge, type SessionStore } from './session-store.ts'

export interface SessionStoreParts {
  readonly keyRing: KeyRing
  readonly limits: SessionLimits
  readonly ended: EndedSessions
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** How large a sealed session may be: above the first it goes without its ID token, above the second it is refused. */
export const cookieBudget = { warnAboveBytes: 7_000, refuseAboveBytes: 12_000 } as const

const { warnAboveBytes, refuseAboveBytes } = cookieBudget

/** Keeps the whole session in the browser, sealed. The server keeps nothing but what ended early. */
export function cookieSessionStore(parts: SessionStoreParts): SessionStore {
  const { limits, ended, clock, telemetry } = parts
  const cookie = sealedCookie(sessionSchema, 'session', parts)

  return {
    keptIn: 'browser',

    load(jar) {
      const session = cookie.read(jar)
      if (session === null) return { state: 'none' }
      const over = overBecause(session, limits, clock.now())
      if (over !== null) telemetry.record({ name: 'seal-expired', purpose: 'session' })
      return whenThere(over ?? ended.endOf(session), (end) =>
        end === null ? { state: 'live', session } : { state: 'ended', end, session },
      )
    },

    async begin(jar, session) {
      const bytes = cookie.write(jar, withinBudget(session))
      if (bytes > warnAboveBytes) telemetry.record({ name: 'session-large', bytes })
      return bytes
    },

    async save(jar, session) {
      cookie.write(jar, withinBudget(session))
    },

    async clear(jar) {
      cookie.clear(jar)
    },
  }
}

/** Leaves the ID token out where there is no room for it: the provider can do without the hint at sign-out. */
function withinBudget(session: Session): Session {
  if (sealedBytes(session) <= warnAboveBytes) return session
  const slim = { ...session, tokens: { ...session.tokens, idToken: null } }
  if (sealedBytes(slim) > refuseAboveBytes) throw new SessionTooLarge(sealedBytes(slim))
  return slim
}

/** What a session takes once it is sealed: base64, and some 300 bytes around it. */
export function sealedBytes(session: Session): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(session)) * 4) / 3) + 300
}
