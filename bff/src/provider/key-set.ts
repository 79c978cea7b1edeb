import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../base/clock.ts'

const timeoutMilliseconds = 8000
const freshForSeconds = 600
const cooldownSeconds = 5

/**
 * The provider's keys, fetched when they are first needed and then every ten minutes; what was known serves on meanwhile,
 * and while they can't be had. An unknown `kid` fetches them again at once, for a key may have been rotated in a moment ago;
 * but then, as after a failure, not again for some seconds, for anybody can make up a `kid`. A token without a `kid` is taken
 * when exactly one key fits it.
 */
export function keySet(location: URL, fetchNow: typeof fetch, clock: Clock): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(location, {
    // When to fetch is judged here: jose counts from the last fetch, whatever it was for, so that a key rotated in right
    // after the first one would be missed; and it asks again with each token while it knows none.
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    timeoutDuration: timeoutMilliseconds,
    [customFetch]: fetchNow,
  })
  let freshUntil = 0
  let coolUntil = 0
  let failed: { readonly error: unknown } | null = null

  async function load(): Promise<void> {
    try {
      await keys.reload()
      freshUntil = clock.now() + freshForSeconds
      failed = null
    } catch (error) {
      coolUntil = clock.now() + cooldownSeconds
      failed = { error }
      throw error
    }
  }

  /** Whoever comes during a fetch waits for that one. */
  const isCool = () => !keys.reloading && clock.now() < coolUntil

  async function known(): Promise<void> {
    if (freshUntil === 0) {
      if (failed && isCool()) throw failed.error
      await load()
    } else if (clock.now() >= freshUntil && !isCool()) {
      load().catch(() => {})
    }
  }

  return async function keySet(header, token) {
    await known()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (isCool()) throw failed ? failed.error : error
      await load()
      coolUntil = clock.now() + cooldownSeconds
      return keys(header, token)
    }
  }
}
