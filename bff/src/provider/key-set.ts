import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../base/clock.ts'

const timeoutMilliseconds = 8000
const cooldownSeconds = 5

/**
 * The provider's keys, fetched when they are first needed and then every ten minutes. An unknown `kid` fetches them again
 * at once, for a key may have been rotated in a moment ago; but then not again for some seconds, for anybody can make up
 * a `kid`. A token without a `kid` is taken when exactly one key fits it.
 */
export function keySet(location: URL, fetchNow: typeof fetch, clock: Clock): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(location, {
    // jose counts from the last fetch, whatever it was for: a key rotated in right after the first one would be missed.
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: timeoutMilliseconds,
    [customFetch]: fetchNow,
  })
  let coolUntil = 0

  return async function keySet(header, token) {
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (!keys.reloading && clock.now() < coolUntil) throw error
      coolUntil = clock.now() + cooldownSeconds
      await keys.reload()
      return keys(header, token)
    }
  }
}
