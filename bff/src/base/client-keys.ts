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

/** A JWK as a file has it: nothing in it has been looked at. */
export type NamedJwk = JsonWebKey & {
  readonly kid?: unknown
  readonly alg?: unknown
  readonly use?: unknown
}

const leastRsaBits = 2048
const curves: Readonly<Record<string, ClientKeyAlgorithm>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
}

/**
 * The keys in a text that sign: a JWK, a JWK Set (RFC 7517), or PEM blocks (PKCS #8 and the like), the one that signs first. Those for
 * encryption (`use: "enc"`) are for `readDecryptionKeys`; with such alone there is none that signs.
 *
 * Throws {@link PlainError}, which quotes nothing of the text.
 */
export function readClientKeys(text: string): readonly ClientKey[] {
  const trimmed = text.trim()
  const isJson = trimmed.startsWith('{')
  const jwks = isJson ? jwksIn(trimmed) : []
  const keys = isJson
    ? jwks.filter(({ use }) => use !== 'enc').map(keyOfJwk)
    : pemsIn(trimmed).map(keyOfPem)
  if (keys.length === 0 && jwks.length === 0) throw new PlainError('holds no private key')
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

/** The JWKs in a JWK or a JWK Set. */
export function jwksIn(text: string): readonly NamedJwk[] {
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
  return clientKey(() => privateKeyOf(jwk), jwk)
}

/** Throws {@link PlainError} for what is no private key. */
export function privateKeyOf(jwk: NamedJwk): KeyObject {
  if (jwk.kty === 'oct') throw new PlainError('holds a shared secret in the place of a private key')
  if (jwk.d === undefined) throw new PlainError('holds a public key without its private half')
  return opened(() => createPrivateKey({ key: jwk, format: 'jwk' }))
}

function clientKey(open: () => KeyObject, said: Pick<NamedJwk, 'kid' | 'alg'>): ClientKey {
  const privateKey = opened(open)
  if (!fits(privateKey)) throw new PlainError('holds a key whose halves do not fit')
  const own = publicHalf(privateKey)
  const { crv, kty } = own
  const algorithm = kty === 'RSA' ? rsaAlgorithm(privateKey, said.alg) : curves[crv ?? '']
  if (algorithm === undefined)
    throw new PlainError(
      'holds a key of a kind that nobody signs with here (P-256, Ed25519 or RSA)',
    )
  const kid = kidOf(own, said.kid)
  return { kid, algorithm, privateKey, publicJwk: { ...own, kid, alg: algorithm, use: 'sig' } }
}

type PublicJwk = Readonly<Record<string, string | undefined>>

/** The members that make the key, in the order of their names. */
export function publicHalf(privateKey: KeyObject): PublicJwk {
  const { kty = '', crv, n, e, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  return kty === 'RSA' ? { e, kty, n } : { crv, kty, x, ...(y === undefined ? {} : { y }) }
}

/** As the file says, else the thumbprint (RFC 7638 §3). */
export function kidOf(publicJwk: PublicJwk, said: unknown): string {
  return typeof said === 'string' && said !== '' ? said : digest(JSON.stringify(publicJwk))
}

function opened(open: () => KeyObject): KeyObject {
  try {
    return open()
  } catch (error) {
    if (error instanceof PlainError) throw error
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

/** Throws {@link PlainError} for an RSA key that is too short. */
export function checkRsaBits(key: KeyObject): void {
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits)
    throw new PlainError(`holds an RSA key of fewer than ${leastRsaBits} bits`)
}

function rsaAlgorithm(key: KeyObject, alg: unknown): ClientKeyAlgorithm {
  checkRsaBits(key)
  return alg === 'RS256' ? 'RS256' : 'PS256'
}
