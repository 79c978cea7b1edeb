/** No I/O. What the FAPI 2.0 Security Profile allows. */

/** FAPI 2.0 Security Profile §5.4.1. Ed25519 is EdDSA by the name of its curve (RFC 9864). */
export const fapiAlgorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519'] as const

export function isFapiAlgorithm(algorithm: string): boolean {
  return fapiAlgorithms.some((one) => one === algorithm)
}

/** How a client may prove itself (§5.3.3.1). */
export const fapiAuthentications = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

export function isFapiAuthentication(method: string): boolean {
  return fapiAuthentications.some((one) => one === method)
}
