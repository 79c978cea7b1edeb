import { randomBytes } from 'node:crypto'
import type * as z from 'zod'
import { attemptSeconds } from '../base/attempt-seconds.ts'
import type { Clock } from '../base/clock.ts'
import { digest } from '../base/digest.ts'
import { newDpopKey, type DpopKey } from '../base/dpop-key.ts'
import { ironSeal } from '../base/iron-seal.ts'
import type { SealPurpose } from '../base/key-ring.ts'
import type { Jar } from './cookie-jar.ts'
import { openSeal, type OpenSealParts } from './open-seal.ts'

const mostAtOnce = 5

/**
 * Opening costs, and so does each header that takes a cookie away; nobody has more attempts than this under way unless
 * somebody else planted the cookies. The next attempt looks at the next.
 */
const mostRead = 20

/** One way to the provider and back, of one tab. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** What its tokens are to be bound to, where they are. */
  readonly dpopKey?: DpopKey | undefined
  readonly startedAt: number
  /** Which of several in one second came first. Cookies of before it have none. */
  readonly startedAtMilliseconds?: number | undefined
}

/** Attempts of one kind. What was begun as one kind does not open as another. */
export interface AttemptKind<A extends Attempt> {
  readonly purpose: SealPurpose
  readonly cookiePrefix: string
  readonly schema: z.ZodType<A>
}

export interface AttemptCookies<A extends Attempt> {
  /** What must be new and unguessable for each attempt, and when it began. */
  begin(): Attempt & { readonly startedAtMilliseconds: number }
  /** Keeps the attempt in a cookie of its own; beyond five at once the oldest goes. */
  keep(jar: Jar, attempt: A): void
  /** The attempt that `state` belongs to, taken out of the browser so that it can't be used twice; null if there is none. */
  close(jar: Jar, state: string): A | null
  /** Whether the browser holds something under the name of this attempt. */
  holds(jar: Jar, state: string): boolean
}

export interface AttemptCookiesParts extends OpenSealParts {
  readonly clock: Clock
  /** Whether tokens are bound to a key (RFC 9449). */
  readonly dpop: boolean
}

/** Each attempt has a cookie of its own, named by its `state`: a second tab must not break the first. */
export function attemptCookies<A extends Attempt>(
  parts: AttemptCookiesParts,
  { purpose, cookiePrefix, schema }: AttemptKind<A>,
): AttemptCookies<A> {
  const { keyRing, telemetry, clock, dpop } = parts

  function refused(reason: 'misshapen' | 'doubled'): null {
    telemetry.record({ name: 'seal-refused', purpose, reason })
    return null
  }

  function read(jar: Jar, name: string): A | null {
    if (jar.isDoubled(name)) return refused('doubled')
    const content = openSeal(jar.read(name) ?? '', purpose, parts)
    if (content === undefined) return null
    const { data } = schema.safeParse(content)
    if (data === undefined) return refused('misshapen')
    if (clock.now() < data.startedAt + attemptSeconds) return data
    telemetry.record({ name: 'seal-expired', purpose })
    return null
  }

  /**
   * Keeps room for one more, by dropping what is unreadable or over, then the oldest. Of the same moment that is the one that
   * stands first, as browsers put it (RFC 6265 §5.4).
   */
  function makeRoom(jar: Jar): void {
    const names = attemptNames(jar).slice(0, mostRead)
    if (names.length < mostAtOnce) return
    const attempts = names.map((name) => ({ name, startedAt: startOf(read(jar, name)) }))
    const oldestFirst = attempts
      .filter(({ startedAt }) => startedAt > 0)
      .toSorted((a, b) => a.startedAt - b.startedAt)
    const kept = new Set(oldestFirst.slice(1 - mostAtOnce).map(({ name }) => name))
    for (const name of names) if (!kept.has(name)) jar.write(name, '', 0)
  }

  /** Any other name behind the prefix is none of ours, and may be one that no answer can write. */
  function attemptNames(jar: Jar): string[] {
    return jar
      .names()
      .filter(
        (name) =>
          name.startsWith(cookiePrefix) && /^[\w-]{12}$/.test(name.slice(cookiePrefix.length)),
      )
  }

  const cookieName = (state: string) => `${cookiePrefix}${digest(state).slice(0, 12)}`

  return {
    begin: () => ({
      state: randomValue(),
      nonce: randomValue(),
      codeVerifier: randomValue(),
      ...(dpop && { dpopKey: newDpopKey() }),
      startedAt: clock.now(),
      startedAtMilliseconds: clock.milliseconds(),
    }),

    keep(jar, attempt) {
      makeRoom(jar)
      const seal = ironSeal(attempt, keyRing.passwords(purpose))
      jar.write(cookieName(attempt.state), seal, attemptSeconds)
    },

    close(jar, state) {
      const name = cookieName(state)
      if (jar.read(name) === undefined) return null
      jar.write(name, '', 0)
      const attempt = read(jar, name)
      return attempt?.state === state ? attempt : null
    },

    holds: (jar, state) => jar.read(cookieName(state)) !== undefined,
  }
}

/** In milliseconds; 0 for an attempt that can't be read or is over. */
function startOf(attempt: Attempt | null): number {
  return attempt === null ? 0 : (attempt.startedAtMilliseconds ?? attempt.startedAt * 1000)
}

/** 256 random bits, in the characters that RFC 7636 §4.1 allows for a verifier. */
function randomValue(): string {
  return randomBytes(32).toString('base64url')
}
