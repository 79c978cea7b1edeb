import { createHash, createHmac } from 'node:crypto'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, type CryptoKey, type JWK } from 'jose'
import type { Json } from './hostile-answers.ts'

export interface SigningKey {
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** As it is published. */
  readonly jwk: JWK
}

/** Makes a compact JWS of a header and claims. */
export type Sign = (header: Json, claims: Json, key: SigningKey) => string | Promise<string>

export async function newKey(algorithm: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }
  return { algorithm, privateKey, publicKey, jwk }
}

export const honestly: Sign = (header, claims, { privateKey, algorithm }) =>
  new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithm, ...header })
    .sign(privateKey)

/** `alg: none`, and no signature. */
export const unsigned: Sign = (header, claims) =>
  `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`

/** Signed, and then one byte of the signature changed. */
export const withBrokenSignature: Sign = async (header, claims, key) => {
  const [head, body, signature = ''] = (await honestly(header, claims, key)).split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[8] = (bytes[8] ?? 0) ^ 1
  return `${head}.${body}.${bytes.toString('base64url')}`
}

/** `alg: HS256`, with the provider's public key, which everybody has, as the shared secret. */
export function hmacWithPublicKey(form: 'PEM' | 'JWK'): Sign {
  return async (header, claims, { publicKey, jwk }) => {
    const secret = form === 'PEM' ? await exportSPKI(publicKey) : JSON.stringify(jwk)
    const signed = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
}

/** By a key that the provider does not have, under the name of one that it has. */
export function signedBy(stranger: SigningKey): Sign {
  return (header, claims) => honestly(header, claims, stranger)
}

/** The `at_hash` of an access token for an algorithm of so many bits. */
export function atHash(accessToken: string, bits: 256 | 384 | 512 = 256): string {
  const digest = createHash(`sha${bits}`).update(accessToken).digest()
  return digest.subarray(0, bits / 16).toString('base64url')
}

function encoded(json: Json): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}
