import { createHash, randomBytes } from 'node:crypto'
import { sealData, unsealData, type CookieJar } from 'iron-session'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { KeyRing } from '../base/key-ring.ts'
import { loginCookieAttributes, loginCookiePrefix } from '../session/cookie-jar.ts'

const lifeSeconds = 600
const mostAtOnce = 5

/** Unsealing costs; nobody has more attempts than this under way unless somebody else planted the cookies. */
const mostRead = 20

const transactionSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('login'),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  maxAgeSeconds: z.int().nullable(),
  startedAt: z.int(),
})

/** One sign-in attempt of one tab, from the redirect to the provider until it comes back. */
export type Transaction = Readonly<z.infer<typeof transactionSchema>>

type Jar = CookieJar & Required<Pick<CookieJar, 'names'>>

export interface Transactions {
  begin(returnTo: string, maxAgeSeconds: number | null): Transaction
  /** Keeps the attempt in a cookie of its own; beyond five at once the oldest goes. */
  keep(jar: Jar, transaction: Transaction): Promise<void>
  /** The attempt that `state` belongs to, taken out of the browser so that it can't be used twice; null if there is none. */
  close(jar: Jar, state: string): Promise<Transaction | null>
}

/** Each attempt has a cookie of its own, named by its `state`: a second tab signing in must not break the first. */
export function transactions(keyRing: KeyRing, clock: Clock): Transactions {
  const { sealing, opening } = keyRing.passwords('login')

  async function read(jar: Jar, name: string): Promise<Transaction | null> {
    const parsed = transactionSchema.safeParse(
      await unsealData(jar.read(name) ?? '', { password: opening, ttl: 0 }),
    )
    const alive = parsed.success && clock.now() < parsed.data.startedAt + lifeSeconds
    return alive ? parsed.data : null
  }

  /** Keeps room for one more, by dropping what is unreadable or over, then the oldest. */
  async function makeRoom(jar: Jar): Promise<void> {
    const names = attemptNames(jar)
    if (names.length < mostAtOnce) return
    const attempts = await Promise.all(
      names
        .slice(0, mostRead)
        .map(async (name) => ({ name, startedAt: (await read(jar, name))?.startedAt ?? 0 })),
    )
    const newest = attempts.toSorted((a, b) => b.startedAt - a.startedAt).slice(0, mostAtOnce - 1)
    const kept = new Set(newest.filter(({ startedAt }) => startedAt > 0).map(({ name }) => name))
    for (const name of names) if (!kept.has(name)) wipe(jar, name)
  }

  return {
    begin: (returnTo, maxAgeSeconds) => ({
      v: 1,
      purpose: 'login',
      state: randomValue(),
      nonce: randomValue(),
      codeVerifier: randomValue(),
      returnTo,
      maxAgeSeconds,
      startedAt: clock.now(),
    }),

    async keep(jar, transaction) {
      await makeRoom(jar)
      const seal = await sealData(transaction, { password: sealing, ttl: 0 })
      jar.write(cookieName(transaction.state), seal, {
        ...loginCookieAttributes,
        maxAge: lifeSeconds,
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
  return `${loginCookiePrefix}${createHash('sha256').update(state).digest('base64url').slice(0, 12)}`
}

/** 256 random bits, in the characters that RFC 7636 §4.1 allows for a verifier. */
function randomValue(): string {
  return randomBytes(32).toString('base64url')
}
