import { getIronSession, type CookieJar } from 'iron-session'
import type { Clock } from '../base/clock.ts'
import type { KeyRing } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { boundedCache } from './bounded-cache.ts'
import { sessionCookieAttributes, sessionCookieName } from './cookie-jar.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { overBecause, sessionSchema, type Session, type SessionLimits } from './session.ts'
import { SessionTooLarge, type SessionStore } from './session-store.ts'

/** iron-session cuts a seal into at most so many cookies. */
const maxCookies = 4
const warnAboveBytes = 7_000
const refuseAboveBytes = 12_000
const rememberedSessions = 2_000

/** Keeps the whole session in the browser, sealed by iron-session. The server keeps nothing but what ended early. */
export function cookieSessionStore(
  keyRing: KeyRing,
  limits: SessionLimits,
  ended: EndedSessions,
  clock: Clock,
  telemetry: Telemetry,
): SessionStore {
  const { sealing, opening } = keyRing.passwords('session')
  const opened = boundedCache<Session>(rememberedSessions)
  const cookie = {
    cookieName: sessionCookieName,
    chunk: true,
    cookieOptions: { ...sessionCookieAttributes, maxAge: undefined },
  }

  async function open(jar: CookieJar): Promise<Session | null> {
    const seal = cookieNames.map((name) => jar.read(name) ?? '').join('')
    if (seal === '') return null
    const known = opened.get(seal)
    if (known) return known
    let unreadable = false
    const content = await getIronSession<{ session: unknown }>(jar, {
      ...cookie,
      password: opening,
      onUnsealError: (reason) => {
        unreadable = true
        telemetry.record({ name: 'session-unreadable', reason })
      },
    })
    if (unreadable) return null
    // A seal proves who wrote it, not that this version of the program can read it.
    const parsed = sessionSchema.safeParse(content.session)
    if (!parsed.success) {
      telemetry.record({ name: 'session-unreadable', reason: 'misshapen' })
      return null
    }
    opened.set(seal, parsed.data)
    return parsed.data
  }

  return {
    async load(jar) {
      const session = await open(jar)
      if (session === null) return { state: 'none' }
      const end = overBecause(session, limits, clock.now()) ?? (await ended.endOf(session))
      return end === null ? { state: 'live', session } : { state: 'ended', end }
    },

    async save(jar, session, fresh) {
      const fitting = withinBudget(session)
      let bytes = 0
      const target = await getIronSession<{ session: Session }>(
        {
          // The sign-in comes back from another site, so the browser withholds the strict cookies that it still has.
          // An old piece among the new ones would break the seal: claim to see every piece, and iron-session expires
          // those that it does not write.
          read: (name) => (fresh ? 'unseen' : jar.read(name)),
          write: (name, value, attributes) => {
            bytes += name.length + value.length
            jar.write(name, value, attributes)
          },
        },
        { ...cookie, password: sealing },
      )
      target.session = fitting
      await target.save()
      if (bytes > warnAboveBytes) telemetry.record({ name: 'session-large', bytes })
      return bytes
    },

    async clear(jar) {
      for (const name of cookieNames) {
        if (name === sessionCookieName || jar.read(name) !== undefined) {
          jar.write(name, '', { ...sessionCookieAttributes, maxAge: 0 })
        }
      }
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
function sealedBytes(session: Session): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(session)) * 4) / 3) + 300
}

const cookieNames = [
  sessionCookieName,
  ...Array.from({ length: maxCookies }, (_, index) => `${sessionCookieName}.${index}`),
]
