import { attemptSeconds } from '../base/attempt-seconds.ts'
import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import { checkTimes } from './check-times.ts'
import type { AuthorizationChecks } from './provider.ts'
import { UntrustedAnswer, UntrustedTime } from './untrusted-answer.ts'
import type { IdTokenClaims } from './verify-id-token.ts'

/** No I/O. No clock: `now` is passed in. */

type Asked = Pick<AuthorizationChecks, 'startedAt' | 'maxAgeSeconds' | 'acrValues'>

/** Checks that an ID token answers what this sign-in asked for. Throws {@link UntrustedAnswer}. */
export function checkSignIn(claims: IdTokenClaims, asked: Asked, now: number): void {
  // Nothing that was issued before can be the answer to an attempt: none lives longer.
  checkTimes(claims, now, attemptSeconds)
  checkAge(claims['auth_time'], asked)
  checkStrength(claims['acr'], asked)
}

/** Reckoned from when we asked: a user who reads the consent page for long has not signed in any earlier by that. */
function checkAge(authTime: unknown, { maxAgeSeconds, startedAt }: Asked): void {
  if (maxAgeSeconds === null) return
  if (typeof authTime !== 'number') {
    throw new UntrustedAnswer(
      'does not say when the user signed in, although that was asked',
      'auth_time',
    )
  }
  const tooOld = startedAt - maxAgeSeconds - Math.floor(authTime)
  if (tooOld > toleranceSeconds) {
    throw new UntrustedTime(`the user signed in ${tooOld} s too long ago for max_age`, 'auth_time')
  }
}

/** `acr_values` is only a wish (OpenID Connect Core §5.5.1.1), so the answer alone shows whether it was granted. */
function checkStrength(acr: unknown, { acrValues }: Asked): void {
  if (acrValues.length > 0 && !(acrValues as readonly unknown[]).includes(acr)) {
    throw new UntrustedAnswer('the user did not sign in the way that was asked for', 'acr')
  }
}
