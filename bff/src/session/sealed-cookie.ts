import { getIronSession } from 'iron-session'
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Passwords } from '../base/key-ring.ts'
import { sessionCookieAttributes, sessionCookieName, type Jar } from './cookie-jar.ts'
import { openSeal, type OpenSealParts } from './open-seal.ts'
import { sealMemory, type SealMemory } from './seal-memory.ts'

/** Something that lies sealed in the session's cookie, cut into several by iron-session when it is large. */
export interface SealedCookie<T> {
  /** @returns null when there is none, or none that opens: told apart in the log, all the same to the user */
  read(jar: Jar): T | null
  /** @returns how many bytes of cookie it takes */
  write(jar: Jar, content: T): Promise<number>
  clear(jar: Jar): void
}

export interface SealedCookieParts extends OpenSealParts {
  readonly clock: Clock
}

/** iron-session cuts a seal into at most so many cookies. */
const maxCookies = 4

/** Some eleven thousand sessions of three and a half kilobytes of cookie. */
const rememberedBytes = 80_000_000

/** Then a seal is opened again, so that the count of seals by key shows which keys are still needed. */
const rememberedSeconds = 300

interface Opened<T> {
  readonly content: T
  readonly until: number
}

export function sealedCookie<T extends object>(
  schema: z.ZodType<T>,
  purpose: 'session' | 'ticket',
  parts: SealedCookieParts,
): SealedCookie<T> {
  const { keyRing, telemetry, clock } = parts
  const rememberedOf = perKeys<SealMemory<Opened<T>>>(() => sealMemory(rememberedBytes))

  function refused(reason: 'misshapen' | 'doubled' | 'tampered'): null {
    telemetry.record({ name: 'seal-refused', purpose, reason })
    return null
  }

  return {
    read(jar) {
      const seal = sealIn(jar)
      if (typeof seal !== 'string') return seal === null ? null : refused(seal.reason)
      const remembered = rememberedOf(keyRing.passwords(purpose))
      const known = remembered.get(seal)
      if (known && clock.now() < known.until) return known.content
      const sealed = openSeal(seal, purpose, parts)
      if (sealed === undefined) return null
      // A seal proves who wrote it, not that this version of the program can read it.
      const { data } = schema.safeParse((sealed as { content?: unknown }).content)
      if (data === undefined) return refused('misshapen')
      remembered.set(seal, { content: data, until: clock.now() + rememberedSeconds })
      return data
    },

    async write(jar, content) {
      let bytes = 0
      const target = await getIronSession<{ content: T }>(
        {
          // Claims to have come with every piece there could be, so that iron-session expires those that it does not write.
          // The browser may hold pieces that this request did not bring: those of a late answer, or strict ones at the end
          // of a sign-in. One old piece among the new ones breaks the seal.
          read: () => 'unseen',
          write: (name, value, attributes) => {
            bytes += value === '' ? 0 : name.length + value.length
            jar.write(name, value, attributes)
          },
        },
        {
          cookieName: sessionCookieName,
          chunk: true,
          cookieOptions: { ...sessionCookieAttributes, maxAge: undefined },
          password: keyRing.passwords(purpose).sealing,
        },
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
  ...Array.from({ length: maxCookies }, (_, index) => pieceName(index)),
]

function pieceName(index: number): string {
  return `${sessionCookieName}.${index}`
}

/** The seal that lies in a request's cookies, null when there is none, or why what lies there can't be one. */
function sealIn(jar: Jar): string | { readonly reason: 'doubled' | 'tampered' } | null {
  const pieces = cookieNames.filter((name) => (jar.read(name) ?? '') !== '')
  if (pieces.length === 0) return null
  // Two that claim to be the session: one was planted, perhaps to sign the user in as somebody else.
  const wholeAndParts = pieces.length > 1 && pieces[0] === sessionCookieName
  if (wholeAndParts || pieces.some((name) => jar.isDoubled(name))) return { reason: 'doubled' }
  const hasGap = pieces.length > 1 && pieces.at(-1) !== pieceName(pieces.length - 1)
  if (hasGap) return { reason: 'tampered' }
  return pieces.map((name) => jar.read(name)).join('')
}

/** One for the keys that are in use now. What was opened under keys of before is forgotten with them: one may have leaked. */
function perKeys<T>(make: () => T): (keys: Passwords) => T {
  let madeFor: Passwords | null = null
  let made = make()
  return (keys) => {
    if (keys !== madeFor) made = make()
    madeFor = keys
    return made
  }
}
