import { jwtVerify, type JWTPayload } from 'jose'
import type { Discovered } from './discovery.ts'
import { pinnedAlgorithms } from './pinned-algorithms.ts'

/** The ID token is genuine but not meant for us, or not about this user. */
export class UntrustedIdToken extends Error {
  override readonly name = 'UntrustedIdToken'
}

/**
 * Checks an ID token's signature and its claims against the provider's keys. openid-client trusts TLS for tokens that
 * come straight from the token endpoint (OpenID Connect Core §3.1.3.7 step 6 allows that); we do not.
 *
 * Throws jose's errors and {@link UntrustedIdToken}.
 *
 * @param sub  whose token it must be, once that is known (§12.2)
 */
export async function verifyIdToken(
  idToken: string,
  { configuration, keys }: Discovered,
  sub: string | null,
): Promise<JWTPayload & { readonly sub: string }> {
  const server = configuration.serverMetadata()
  const { client_id: clientId } = configuration.clientMetadata()
  const { payload } = await jwtVerify<{ readonly sub: string }>(idToken, keys, {
    issuer: server.issuer,
    audience: clientId,
    algorithms: pinnedAlgorithms(server.id_token_signing_alg_values_supported),
    clockTolerance: 30,
    requiredClaims: ['sub', 'iat', 'exp'],
  })
  const { aud, azp } = payload
  const severalAudiences = Array.isArray(aud) && aud.length > 1
  if ((severalAudiences && azp === undefined) || (azp !== undefined && azp !== clientId)) {
    throw new UntrustedIdToken('made for another party (azp)')
  }
  if (sub !== null && payload.sub !== sub) throw new UntrustedIdToken('about another subject')
  return payload
}
