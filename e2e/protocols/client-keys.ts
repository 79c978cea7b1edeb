import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

export type KeyAlgorithm = 'ES256' | 'PS256' | 'Ed25519'

/** A private JWK of this client's own that signs. */
export function newKey(algorithm: KeyAlgorithm): Promise<JWK> {
  return privateJwk(algorithm)
}

/** The same for what the provider encrypts. */
export async function newEncryptionKey(alg: 'ECDH-ES' | 'RSA-OAEP-256'): Promise<JWK> {
  return { ...(await privateJwk(alg)), use: 'enc' }
}

/** A file with these keys as a JWK Set, or with this text. */
export function keyFile(keys: readonly JWK[] | string, atEnd: (end: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-keys-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'client-keys.json')
  writeFileSync(file, typeof keys === 'string' ? keys : JSON.stringify({ keys }))
  return file
}

/** What a provider that is handed the keys, in the place of an address of them, knows of one. */
export function publicHalf({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }: JWK): JWK {
  return jwk
}

async function privateJwk(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg }
}
