import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { readClientKeys } from './client-keys.ts'
import { readDecryptionKeys } from './decryption-keys.ts'

const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const enc = (key: KeyObject, members: object = {}) => ({
  ...key.export({ format: 'jwk' }),
  use: 'enc',
  ...members,
})
const set = (...keys: readonly object[]) => JSON.stringify({ keys })

test('a file holds keys that sign and keys that decrypt, and each is read as what it is', () => {
  const text = set(p256().export({ format: 'jwk' }), enc(p256(), { kid: 'ours', alg: 'ECDH-ES' }))

  const [signing, ...others] = readClientKeys(text)
  const [decrypting] = readDecryptionKeys(text)

  expect(others).toEqual([])
  expect(signing?.publicJwk).toMatchObject({ use: 'sig' })
  expect(decrypting).toMatchObject({
    kid: 'ours',
    algorithms: ['ECDH-ES'],
    publicJwk: { kid: 'ours', use: 'enc', alg: 'ECDH-ES', kty: 'EC' },
  })
  expect(decrypting?.publicJwk).not.toHaveProperty('d')
})

test.for([
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RSA-OAEP-256'],
  ['P-256', p256(), 'ECDH-ES'],
  ['X25519', generateKeyPairSync('x25519').privateKey, 'ECDH-ES'],
] as const)(
  'a key of %s takes every algorithm of its kind where it names none',
  ([, key, first]) => {
    const [read] = readDecryptionKeys(set(enc(key)))

    expect(read?.algorithms[0]).toBe(first)
    expect(read?.algorithms).not.toContain('RSA1_5')
  },
)

test('a file of PEM, and one with keys that sign alone, hold none', () => {
  const pem = p256().export({ format: 'pem', type: 'pkcs8' }).toString()

  expect(readDecryptionKeys(pem)).toEqual([])
  expect(readDecryptionKeys(set(p256().export({ format: 'jwk' })))).toEqual([])
})

test.for([
  ['a public key', { kty: 'EC', use: 'enc' }, 'holds a public key without its private half'],
  [
    'RSA1_5',
    enc(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, { alg: 'RSA1_5' }),
    'with an alg that is not one of',
  ],
  [
    'a short RSA key',
    enc(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    'holds an RSA key of fewer than 2048 bits',
  ],
  [
    'a curve that nobody agrees on',
    enc(generateKeyPairSync('ed25519').privateKey),
    'of a kind that nobody decrypts with here',
  ],
] as const)('%s is refused', ([, key, fault]) => {
  expect(() => readDecryptionKeys(set(key))).toThrow(fault)
})

test('two keys of one name are refused', () => {
  const twice = set(enc(p256(), { kid: 'one' }), enc(p256(), { kid: 'one' }))

  expect(() => readDecryptionKeys(twice)).toThrow('holds two keys of one kid')
})
