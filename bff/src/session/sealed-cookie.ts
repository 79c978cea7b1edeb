import { getIronSession, type CookieJar } from 'iron-session'
import type * as z from 'zod'
import type { Passwords } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { boundedCache } from './bounded-cache.ts'
import { sessionCookieAttributes, sessionCookieName } from './cookie-jar.ts'

/** Something that lies sealed in the session's cookie, cut into several by iron-session when it is large. */
export interface SealedCookie<T> {
  /** @returns null when there is none, or none that opens: told apart in the log, all the same to the user */
  read(jar: CookieJar): Promise<T | null>
  /**
   * @param fresh  whatever the browser may still hold of another session is wiped, seen or not
   * @returns how many bytes of cookie it takes
   */
  write(jar: CookieJar, content: T, fresh?: 'fresh'): Promise<number>
  clear(jar: CookieJar): void
}

/** iron-session cuts a seal into at most so many cookies. */
const maxCookies = 4

const rememberedSeals = 2_000

export function sealedCookie<T extends object>(
  schema: z.ZodType<T>,
  { sealing, opening }: Passwords,
  telemetry: Telemetry,
): SealedCookie<T> {
  const opened = boundedCache<T>(rememberedSeals)
  const cookie = {
    cookieName: sessionCookieName,
    chunk: true,
    cookieOptions: { ...sessionCookieAttributes, maxAge: undefined },
  }

  return {
    async read(jar) {
      const seal = cookieNames.map((name) => jar.read(name) ?? '').join('')
      if (seal === '') return null
      const known = opened.get(seal)
      if (known) return known
      let unreadable = false
      const { content } = await getIronSession<{ content: unknown }>(jar, {
        ...cookie,
        password: opening,
        onUnsealError: (reason) => {
          unreadable = true
          telemetry.record({ name: 'session-unreadable', reason })
        },
      })
      if (unreadable) return null
      // A seal proves who wrote it, not that this version of the program can read it.
      const parsed = schema.safeParse(content)
      if (parsed.success) opened.set(seal, parsed.data)
      else telemetry.record({ name: 'session-unreadable', reason: 'misshapen' })
      return parsed.success ? parsed.data : null
    },

    async write(jar, content, fresh) {
      let bytes = 0
      const target = await getIronSession<{ content: T }>(
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
      target.content = content
      await target.save()
      return bytes
    },

    clear(jar) {
      for (const name of cookieNames) {
        if (name === sessionCookieName || jar.read(name) !== undefined) {
          jar.write(name, '', { ...sessionCookieAttributes, maxAge: 0 })
        }
      }
    },
  }
}

const cookieNames = [
  sessionCookieName,
  ...Array.from({ length: maxCookies }, (_, index) => `${sessionCookieName}.${index}`),
]
