import type { JWTPayload } from 'jose'
import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import { UntrustedAnswer, UntrustedTime } from './untrusted-answer.ts'

/** No I/O. No clock: `now` is passed in. */

/** Longer than any clock is off: openid-client and jose are told to tolerate so much, for times are judged here. */
export const anyTimeSeconds = 1e12

/**
 * Checks when a JWT was issued and until when it holds. How many seconds it is off is said in the error, so that an
 * operator can tell a wrong clock from an attack.
 *
 * @param now  seconds since the epoch
 * @param oldestSeconds  how long ago it may have been issued; null for any time
 */
export function checkTimes(
  { iat, nbf, exp }: JWTPayload,
  now: number,
  oldestSeconds: number | null,
): void {
  if (iat === undefined) throw new UntrustedAnswer('does not say when it was issued', 'iat')
  if (exp === undefined) throw new UntrustedAnswer('does not say until when it holds', 'exp')
  const early = Math.ceil(Math.max(iat, nbf ?? iat) - now)
  const over = Math.floor(now - exp)
  const age = Math.floor(now - iat)
  if (early > toleranceSeconds) {
    const claim = nbf !== undefined && nbf > iat ? 'nbf' : 'iat'
    throw new UntrustedTime(`from ${early} s in the future, by our clock`, claim)
  }
  if (over >= toleranceSeconds)
    throw new UntrustedTime(`expired ${over} s ago, by our clock`, 'exp')
  if (oldestSeconds !== null && age > oldestSeconds + toleranceSeconds) {
    throw new UntrustedTime(`issued ${age} s ago, by our clock: too long ago`, 'iat')
  }
}
