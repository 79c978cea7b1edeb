import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { attemptSeconds } from '../base/attempt-seconds.ts'
import type { Clock } from '../base/clock.ts'
import { digest } from '../base/digest.ts'
import { ironSeal } from '../base/iron-seal.ts'
import { loginCookieAttributes, loginCookiePrefix, type Jar } from '../session/cookie-jar.ts'
import { openSeal, type OpenSealParts } from '../session/open-seal.ts'

const mostAtOnce = 5

/**
 * Opening costs, and so does each header that takes a cookie away; nobody has more attempts than this under way unless
 * somebody else planted the cookies. The next sign-in looks at the next.
 */
const mostRead = 20

const transactionSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('login'),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  maxAgeSeconds: z.int().nullable(),
  acrValues: z.array(z.string()).readonly(),
  startedAt: z.int(),
  /** Which of several in one second came first. Cookies of before it have none. */
  startedAtMilliseconds: z.int().optional(),
  rounds: z.int().nonnegative().default(0),
})

/** One sign-in attempt of one tab, from the redirect to the provider until it comes back. */
export type Transaction = Readonly<z.infer<typeof transactionSchema>>

/** What is wanted of an attempt. */
export type SignInWish = Pick<Transaction, 'returnTo' | 'maxAgeSeconds' | 'acrValues' | 'rounds'>

export interface Transactions {
  begin(wish: SignInWish): Transaction
  /** Keeps the attempt in a cookie of its own; beyond five at once the oldest goes. */
  keep(jar: Jar, transaction: Transaction): Promise<void>
  /** The attempt that `state` belongs to, taken out of the browser so that it can't be used twice; null if there is none. */
  close(jar: Jar, state: string): Promise<Transaction | null>
}

export interface TransactionsParts extends OpenSealParts {
  readonly clock: Clock
}

/** Each attempt has a cookie of its own, named by its `state`: a second tab signing in must not break the first. */
export function transactions(parts: TransactionsParts): Transactions {
  const { keyRing, telemetry, clock } = parts

  function refused(reason: 'misshapen' | 'doubled'): null {
    telemetry.record({ name: 'seal-refused', purpose: 'login', reason })
    return null
  }

  async function read(jar: Jar, name: string): Promise<Transaction | null> {
    if (jar.isDoubled(name)) return refused('doubled')
    const content = openSeal(jar.read(name) ?? '', 'login', parts)
    if (content === undefined) return null
    const { data } = transactionSchema.safeParse(content)
    if (data === undefined) return refused('misshapen')
    if (clock.now() < data.startedAt + attemptSeconds) return data
    telemetry.record({ name: 'seal-expired', purpose: 'login' })
    return null
  }

  /**
   * Keeps room for one more, by dropping what is unreadable or over, then the oldest. Of the same moment that is the one that
   * stands first, as browsers put it (RFC 6265 §5.4).
   */
  async function makeRoom(jar: Jar): Promise<void> {
    const names = attemptNames(jar).slice(0, mostRead)
    if (names.length < mostAtOnce) return
    const attempts = await Promise.all(
      names.map(async (name) => ({ name, startedAt: startOf(await read(jar, name)) })),
    )
    const oldestFirst = attempts
      .filter(({ startedAt }) => startedAt > 0)
      .toSorted((a, b) => a.startedAt - b.startedAt)
    const kept = new Set(oldestFirst.slice(1 - mostAtOnce).map(({ name }) => name))
    for (const name of names) if (!kept.has(name)) wipe(jar, name)
  }

  return {
    begin: (wish) => ({
      v: 1,
      purpose: 'login',
      state: randomValue(),
      nonce: randomValue(),
      codeVerifier: randomValue(),
      startedAt: clock.now(),
      startedAtMilliseconds: clock.milliseconds(),
      ...wish,
    }),

    async keep(jar, transaction) {
      await makeRoom(jar)
      const seal = ironSeal(transaction, keyRing.passwords('login'))
      jar.write(cookieName(transaction.state), seal, {
        ...loginCookieAttributes,
        maxAge: attemptSeconds,
      })
    },

    async close(jar, state) {
      const name = cookieName(state)
      if (jar.read(name) === undefined) return null
      wipe(jar, name)
      const transaction = await read(jar, name)
      return transaction?.state === state ? transaction : null
    },
  }
}

/** In milliseconds; 0 for an attempt that can't be read or is over. */
function startOf(attempt: Transaction | null): number {
  return attempt === null ? 0 : (attempt.startedAtMilliseconds ?? attempt.startedAt * 1000)
}

/** Any other name behind the prefix is none of ours, and may be one that no answer can write. */
function attemptNames(jar: Jar): string[] {
  return jar
    .names()
    .filter(
      (name) =>
        name.startsWith(loginCookiePrefix) &&
        /^[\w-]{12}$/.test(name.slice(loginCookiePrefix.length)),
    )
}

function wipe(jar: Jar, name: string): void {
  jar.write(name, '', { ...loginCookieAttributes, maxAge: 0 })
}

function cookieName(state: string): string {
  return `${loginCookiePrefix}${digest(state).slice(0, 12)}`
}

/** 256 random bits, in the characters that RFC 7636 §4.1 allows for a verifier. */
function randomValue(): string {
  return randomBytes(32).toString('base64url')
}
