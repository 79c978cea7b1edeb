/**
 * With what a provider may sign what it tells us (RFC 7518 §3.1, RFC 8037 §3.1). Asymmetric algorithms only: with these
 * a public key can never pass for a shared secret, and `none` is not among them.
 */
export const signingAlgorithms = [
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
] as const

export type SigningAlgorithm = (typeof signingAlgorithms)[number]
