import type { KeyObject } from 'node:crypto'
import {
  checkRsaBits,
  jwksIn,
  kidOf,
  privateKeyOf,
  publicHalf,
  readMember,
  type NamedJwk,
} from './client-keys.ts'
import { PlainError } from './plain-error.ts'

/** No I/O. */

/** A key of this client's own for which the provider encrypts what it says. */
export interface DecryptionKey {
  readonly kid: string
  readonly privateKey: KeyObject
  /** With what it may be used (`alg` of a JWE's header). */
  readonly algorithms: readonly string[]
  /** What is published of it (RFC 7517 §4). */
  readonly publicJwk: Readonly<Record<string, unknown>>
}

const agreement = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'] as const

/** RSA1_5 is not among them: whoever can have us try it often enough reads what is not for them (RFC 8725 §3.2). */
const algorithmsByKind: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RSA-OAEP-256', 'RSA-OAEP', 'RSA-OAEP-384', 'RSA-OAEP-512'],
  'P-256': agreement,
  'P-384': agreement,
  'P-521': agreement,
  X25519: agreement,
}

/**
 * The keys in a text that decrypt: the JWKs of a JWK Set with `use: "enc"`. What is no JSON, such as PEM, has none.
 *
 * Throws {@link PlainError}, which quotes nothing of the text.
 */
export function readDecryptionKeys(text: string): readonly DecryptionKey[] {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{')) return []
  const keys = jwksIn(trimmed)
    .filter(({ jwk }) => jwk.use === 'enc')
    .map((member) => readMember(member, decryptionKey))
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new PlainError('holds two keys of one kid')
  return keys
}

function decryptionKey(jwk: NamedJwk): DecryptionKey {
  const privateKey = privateKeyOf(jwk)
  const own = publicHalf(privateKey)
  const known = algorithmsByKind[own['crv'] ?? own['kty'] ?? '']
  if (known === undefined)
    throw new PlainError(
      'holds a key for encryption of a kind that nobody decrypts with here (RSA, P-256 or X25519)',
    )
  if (own['kty'] === 'RSA') checkRsaBits(privateKey)
  const { alg } = jwk
  const algorithms = alg === undefined ? known : known.filter((one) => one === alg)
  if (algorithms.length === 0)
    throw new PlainError(
      `holds a key for encryption with an alg that is not one of ${known.join(', ')}`,
    )
  const kid = kidOf(own, jwk.kid)
  const said = alg === undefined ? {} : { alg }
  return { kid, privateKey, algorithms, publicJwk: { ...own, kid, use: 'enc', ...said } }
}
