import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { ironSeal } from '../base/iron-seal.ts'
import type { Passwords } from '../base/key-ring.ts'
import { PlainError } from '../base/plain-error.ts'
import { sessionCookieName, type Jar } from './cookie-jar.ts'
import { openSeal, type OpenSealParts } from './open-seal.ts'
import { sealMemory, type SealMemory } from './seal-memory.ts'

/** Something that lies sealed in the session's cookie; in several, as iron-session cuts and names them, when it is large. */
export interface SealedCookie<T> {
  /** @returns null when there is none, or none that opens: told apart in the log, all the same to the user */
  read(jar: Jar): T | null
  /** @returns how many bytes of cookie it takes */
  write(jar: Jar, content: T): number
  clear(jar: Jar): void
}

export interface SealedCookieParts extends OpenSealParts {
  readonly clock: Clock
}

/** iron-session reads so many. */
const maxCookies = 4

/** Browsers take 4,096 bytes of name, value and attributes together. */
const pieceCharacters = 4_000

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

    write(jar, content) {
      const written = cookiesOf(ironSeal({ content }, keyRing.passwords(purpose)))
      for (const [name, value] of written) jar.write(name, value)
      // Also those that this request did not bring: the browser may hold pieces of a late answer, or strict ones at the end
      // of a sign-in. One old piece among the new ones breaks the seal.
      for (const name of cookieNames) if (!written.has(name)) jar.write(name, '', 0)
      return [...written].reduce((bytes, [name, value]) => bytes + name.length + value.length, 0)
    },

    clear(jar) {
      for (const name of cookieNames) {
        if (name === sessionCookieName || jar.read(name) !== undefined) jar.write(name, '', 0)
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

/** A seal in one cookie if it fits, else in pieces. */
function cookiesOf(seal: string): ReadonlyMap<string, string> {
  if (seal.length <= pieceCharacters) return new Map([[sessionCookieName, seal]])
  const count = Math.ceil(seal.length / pieceCharacters)
  if (count > maxCookies) throw new PlainError(`a seal of ${seal.length} bytes fits no cookies`)
  const pieceAt = (at: number) => seal.slice(at * pieceCharacters, (at + 1) * pieceCharacters)
  return new Map(Array.from({ length: count }, (_, at) => [pieceName(at), pieceAt(at)]))
}

/** The seal that lies in a request's cookies, null when there is none, or why what lies there can't be one. */
function sealIn(jar: Jar): string | { readonly reason: 'doubled' | 'tampered' } | null {
  const pieces = cookieNames.filter((name) => (jar.read(name) ?? '') !== '')
  const [first] = pieces
  if (first === undefined) return null
  // Two that claim to be the session: one was planted, perhaps to sign the user in as somebody else.
  const wholeAndParts = pieces.length > 1 && first === sessionCookieName
  if (wholeAndParts || pieces.some((name) => jar.isDoubled(name))) return { reason: 'doubled' }
  const hasGap = pieces.length > 1 && pieces.at(-1) !== pieceName(pieces.length - 1)
  if (hasGap) return { reason: 'tampered' }
  return pieces.length === 1
    ? (jar.read(first) ?? '')
    : pieces.map((name) => jar.read(name)).join('')
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
