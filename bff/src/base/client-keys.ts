import {
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type JsonWebKey,
  type KeyObject,
  type webcrypto,
} from 'node:crypto'
import { digest } from './digest.ts'
import { PlainError } from './plain-error.ts'

/** No I/O. */

/** With what this client signs: an algorithm that FAPI 2.0 §5.4.1 allows, or RS256 for providers that take no other. */
export type ClientKeyAlgorithm = 'PS256' | 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519'

/** A key of this client's own, whose public half the provider knows. */
export interface ClientKey {
  readonly kid: string
  readonly algorithm: ClientKeyAlgorithm
  readonly privateKey: KeyObject
  /** What is published of it (RFC 7517 §4). */
  readonly publicJwk: Readonly<Record<string, unknown>>
}

type NamedJwk = JsonWebKey & { readonly kid?: unknown; readonly alg?: unknown }

const leastRsaBits = 2048
const curves: Readonly<Record<string, ClientKeyAlgorithm>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
}

/**
 * The keys in a text: a JWK, a JWK Set (RFC 7517), or PEM blocks (PKCS #8 and the like), the one that signs first.
 *
 * Throws {@link PlainError}, which quotes nothing of the text.
 */
export function readClientKeys(text: string): readonly ClientKey[] {
  const trimmed = text.trim()
  const keys = trimmed.startsWith('{')
    ? jwksIn(trimmed).map(keyOfJwk)
    : pemsIn(trimmed).map(keyOfPem)
  if (keys.length === 0) throw new PlainError('holds no private key')
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new PlainError('holds two keys of one kid')
  return keys
}

/** For the key that signs, as WebCrypto and openid-client want it. */
export function signingKey({ algorithm, privateKey }: ClientKey): webcrypto.CryptoKey {
  return privateKey.toCryptoKey(webCryptoAlgorithm(algorithm), false, ['sign'])
}

function webCryptoAlgorithm(algorithm: ClientKeyAlgorithm) {
  switch (algorithm) {
    case 'PS256':
      return { name: 'RSA-PSS', hash: 'SHA-256' }
    case 'RS256':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    case 'ES256':
      return { name: 'ECDSA', namedCurve: 'P-256' }
    case 'ES384':
      return { name: 'ECDSA', namedCurve: 'P-384' }
    case 'ES512':
      return { name: 'ECDSA', namedCurve: 'P-521' }
    case 'Ed25519':
      return { name: 'Ed25519' }
  }
}

function jwksIn(text: string): readonly NamedJwk[] {
  const read = parsed(text)
  const jwks = Array.isArray(read['keys']) ? (read['keys'] as NamedJwk[]) : [read as NamedJwk]
  return jwks.filter((jwk) => typeof jwk === 'object' && jwk !== null)
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw new PlainError('is no JSON')
  }
}

function pemsIn(text: string): readonly string[] {
  return (
    text.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g) ?? []
  )
}

function keyOfPem(pem: string): ClientKey {
  if (pem.includes('BEGIN ENCRYPTED')) throw new PlainError('holds a key behind a passphrase')
  return clientKey(() => createPrivateKey(pem), {})
}

function keyOfJwk(jwk: NamedJwk): ClientKey {
  if (jwk.kty === 'oct') throw new PlainError('holds a shared secret in the place of a private key')
  if (jwk.d === undefined) throw new PlainError('holds a public key without its private half')
  return clientKey(() => createPrivateKey({ key: jwk, format: 'jwk' }), jwk)
}

function clientKey(open: () => KeyObject, said: Pick<NamedJwk, 'kid' | 'alg'>): ClientKey {
  const privateKey = opened(open)
  if (!fits(privateKey)) throw new PlainError('holds a key whose halves do not fit')
  const { kty = '', crv, n, e, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  const algorithm = kty === 'RSA' ? rsaAlgorithm(privateKey, said.alg) : curves[crv ?? '']
  if (algorithm === undefined)
    throw new PlainError(
      'holds a key of a kind that nobody signs with here (P-256, Ed25519 or RSA)',
    )
  const own = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, ...(y === undefined ? {} : { y }) }
  // The thumbprint (RFC 7638 §3): the members that make the key, in the order of their names.
  const kid =
    typeof said.kid === 'string' && said.kid !== '' ? said.kid : digest(JSON.stringify(own))
  return { kid, algorithm, privateKey, publicJwk: { ...own, kid, alg: algorithm, use: 'sig' } }
}

function opened(open: () => KeyObject): KeyObject {
  try {
    return open()
  } catch {
    throw new PlainError('holds a key that can’t be read')
  }
}

/** Nothing else looks at it: a private half of another key would sign what nobody can verify. */
function fits(key: KeyObject): boolean {
  try {
    const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    const probe = Buffer.from('strongroom')
    return verify(hash, probe, createPublicKey(key), sign(hash, probe, key))
  } catch {
    return false
  }
}

function rsaAlgorithm(key: KeyObject, alg: unknown): ClientKeyAlgorithm {
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits)
    throw new PlainError(`holds an RSA key of fewer than ${leastRsaBits} bits`)
  return alg === 'RS256' ? 'RS256' : 'PS256'
}
