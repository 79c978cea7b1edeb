import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Discovered } from './discovery.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import { verifyJwt } from './verify-jwt.ts'

export type IdTokenClaims = JWTPayload & { readonly sub: string }

/**
 * Checks what holds for every ID token: signature, issuer, audience, that it is about somebody, and that the access token
 * beside it is the one that it came with. openid-client trusts TLS for tokens that come straight from the token endpoint
 * (OpenID Connect Core §3.1.3.7 step 6 allows that); we do not.
 *
 * Throws jose's errors and {@link UntrustedAnswer}.
 */
export async function verifyIdToken(
  idToken: string,
  known: Discovered,
  accessToken: string,
): Promise<IdTokenClaims> {
  const { claims, algorithm } = await verifyJwt(idToken, known)
  const { sub, aud, azp, at_hash: hash } = claims
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) {
    throw new UntrustedAnswer('made for several, and does not say who asked for it', 'azp')
  }
  if (typeof sub !== 'string' || sub === '') throw new UntrustedAnswer('about nobody', 'sub')
  if (hash !== undefined && hash !== leftHalf(algorithm, accessToken)) {
    throw new UntrustedAnswer('made for another access token', 'at_hash')
  }
  return { ...claims, sub }
}

/** The left half of the access token's hash, by the hash of the signature's algorithm (§3.1.3.6); Ed25519 has SHA-512. */
function leftHalf(algorithm: string, accessToken: string): string {
  const bits = /(?:256|384|512)$/.exec(algorithm)?.[0] ?? '512'
  const digest = createHash(`sha${bits}`).update(accessToken).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
