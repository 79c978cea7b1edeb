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
  const members = isJson ? jwksIn(trimmed) : []
  const keys = isJson
    ? members.filter(({ jwk }) => jwk.use !== 'enc').map((member) => readMember(member, keyOfJwk))
    : pemsIn(trimmed).map(keyOfPem)
  if (keys.length === 0 && members.length === 0) throw new PlainError('holds no private key')
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

/** A JWK, and where it stands in its JWK Set, such as `keys[1]`; null for one that stands alone. */
export interface JwkMember {
  readonly jwk: NamedJwk
  readonly place: string | null
}

/** The JWKs in a JWK or a JWK Set. Throws {@link PlainError} for a member that is none: nothing is passed over. */
export function jwksIn(text: string): readonly JwkMember[] {
  const read = parsed(text)
  if (read['keys'] === undefined) return [checkedMember(read, null)]
  if (!Array.isArray(read['keys'])) throw new PlainError('holds a JWK Set whose keys are no list')
  const members: readonly unknown[] = read['keys']
  return members.map((member, index) => checkedMember(member, `keys[${index}]`))
}

function checkedMember(member: unknown, place: string | null): JwkMember {
  const jwk = (typeof member === 'object' && member !== null ? member : {}) as NamedJwk
  return readMember({ jwk, place }, ({ kty, use }) => {
    if (typeof kty !== 'string') throw new PlainError('holds what is no key')
    if (use !== undefined && use !== 'sig' && use !== 'enc')
      throw new PlainError('holds a key whose use is neither "sig" nor "enc"')
    return { jwk, place }
  })
}

/** What is wrong with a member of a JWK Set names it. */
export function readMember<T>({ jwk, place }: JwkMember, read: (jwk: NamedJwk) => T): T {
  try {
    return read(jwk)
  } catch (error) {
    if (place === null || !(error instanceof PlainError)) throw error
    throw new PlainError(`${error.message} (${place})`)
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw new PlainError('is no JSON')
  }
}

const pemBlock = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/g

const pemBeginning = /-----BEGIN [A-Z ]*PRIVATE KEY-----/g

function pemsIn(text: string): readonly string[] {
  const blocks = text.match(pemBlock) ?? []
  // Of one that is cut off nothing is passed over either: the next would sign in its place.
  if (blocks.length !== (text.match(pemBeginning) ?? []).length)
    throw new PlainError('holds a key that can’t be read')
  return blocks
}

/** As PKCS #8 has it, or as OpenSSL had it before (`Proc-Type: 4,ENCRYPTED`). */
export function isBehindPassphrase(pem: string): boolean {
  return pem.includes('BEGIN ENCRYPTED') || /^Proc-Type:.*\bENCRYPTED\b/m.test(pem)
}

function keyOfPem(pem: string): ClientKey {
  if (isBehindPassphrase(pem)) throw new PlainError('holds a key behind a passphrase')
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
  const { kty = '', crv, n, e, x, y } = jwkOf(createPublicKey(privateKey))
  return kty === 'RSA' ? { e, kty, n } : { crv, kty, x, ...(y === undefined ? {} : { y }) }
}

/** Throws {@link PlainError} for a kind of key that has no JWK (RFC 7518 §6), such as one on a brainpool curve. */
export function jwkOf(publicKey: KeyObject): JsonWebKey {
  try {
    return publicKey.export({ format: 'jwk' })
  } catch {
    const kind = publicKey.asymmetricKeyDetails?.namedCurve ?? publicKey.asymmetricKeyType
    throw new PlainError(`holds a key of a kind that no JWK can tell (${kind})`)
  }
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
