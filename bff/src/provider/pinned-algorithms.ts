/** No I/O. */

/** What a provider signs with when it says nothing else (OpenID Connect Core §3.1.3.7 step 7). */
const defaultAlgorithm = 'RS256'

/** Asymmetric algorithms only: with these a public key can never pass for a shared secret. */
const knownAlgorithms = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])

/** What the provider may have signed a token with: of what it offers, what is safe. */
export function pinnedAlgorithms(offered: readonly string[] = [defaultAlgorithm]): string[] {
  return offered.filter((algorithm) => knownAlgorithms.has(algorithm))
}
