import { decodeJwt } from 'jose'
import type { IdToken } from './token-set.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import type { IdTokenClaims } from './verify-id-token.ts'

/** No I/O. */

/**
 * Checks that a refreshed ID token is about the same user and, if it says so, of the same sign-in
 * (OpenID Connect Core §12.2). Throws {@link UntrustedAnswer}.
 */
export function checkRefreshed(
  { sub, nonce }: IdTokenClaims,
  earlier: { readonly sub: string; readonly idToken: IdToken | null },
): void {
  if (sub !== earlier.sub) throw new UntrustedAnswer('about another user', 'sub')
  // Verified when it came, and sealed by us since.
  const first = earlier.idToken === null ? undefined : decodeJwt(earlier.idToken)['nonce']
  if (nonce !== undefined && first !== undefined && nonce !== first) {
    throw new UntrustedAnswer('of another sign-in', 'nonce')
  }
}
