import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { brainpoolCertificate } from '../testing/brainpool-certificate.ts'
import { readClientKeys } from './client-keys.ts'

const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const jwk = (key: KeyObject) => key.export({ format: 'jwk' })
const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString()

test.for([
  ['a P-256 key', p256(), 'ES256'],
  ['a P-384 key', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'ES384'],
  ['an Ed25519 key', generateKeyPairSync('ed25519').privateKey, 'Ed25519'],
  ['an RSA key', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'PS256'],
] as const)(
  '%s signs with the algorithm of its kind and is named by its thumbprint',
  async ([, key, algorithm]) => {
    const [fromJwk] = readClientKeys(JSON.stringify(jwk(key)))
    const [fromPem] = readClientKeys(`a comment\n${pem(key)}`)

    expect(fromJwk).toMatchObject({ algorithm, publicJwk: { alg: algorithm, use: 'sig' } })
    expect(fromJwk?.kid).toBe(await calculateJwkThumbprint(jwk(key)))
    expect(fromPem?.kid).toBe(fromJwk?.kid)
    expect(Object.keys(fromJwk?.publicJwk ?? {})).not.toContain('d')
  },
)

test('a set keeps its order, its names, and RS256 where the key asks for it', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const keys = [
    { ...jwk(p256()), kid: 'new' },
    { ...jwk(rsa), kid: 'old', alg: 'RS256' },
  ]

  const read = readClientKeys(JSON.stringify({ keys }))

  expect(read.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
    ['new', 'ES256'],
    ['old', 'RS256'],
  ])
})

const olderStyle = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs1', cipher: 'aes-256-cbc', passphrase: 'word' })
  .toString()
const { d: hidden, ...publicHalf } = jwk(p256())

test.for([
  ['nothing', 'hello', 'holds no private key'],
  ['half a JSON', '{"kty":', 'is no JSON'],
  ['an empty set', '{"keys":[]}', 'holds no private key'],
  ['a public key', JSON.stringify(publicHalf), 'holds a public key without its private half'],
  [
    'a shared secret',
    '{"kty":"oct","k":"c2VjcmV0"}',
    'holds a shared secret in the place of a private key',
  ],
  [
    'a damaged key',
    JSON.stringify({ ...publicHalf, d: 'AAAA' }),
    'holds a key whose halves do not fit',
  ],
  [
    'no key at all',
    JSON.stringify({ ...publicHalf, d: 'AAAA', x: 'A' }),
    'holds a key that can’t be read',
  ],
  [
    'a short RSA key',
    pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    'holds an RSA key of fewer than 2048 bits',
  ],
  [
    'a curve that nobody signs with',
    pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    'holds a key of a kind that nobody signs with here (P-256, Ed25519 or RSA)',
  ],
  [
    'a curve that no JWK knows',
    brainpoolCertificate.key,
    'holds a key of a kind that no JWK can tell (brainpoolP256r1)',
  ],
  [
    'a key behind a passphrase',
    p256()
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'a passphrase' })
      .toString(),
    'holds a key behind a passphrase',
  ],
  ['a key behind a passphrase of the older style', olderStyle, 'holds a key behind a passphrase'],
  [
    'a key behind a passphrase of the older style, before one that could sign',
    olderStyle + pem(p256()),
    'holds a key behind a passphrase',
  ],
  [
    'a key that is cut off, before one that could sign',
    `${pem(p256()).slice(0, 80).replace('BEGIN PRIVATE', 'BEGIN EC PRIVATE')}\n${pem(p256())}`,
    'holds a key that can’t be read',
  ],
  [
    'a text among the keys',
    JSON.stringify({ keys: [jwk(p256()), 'key'] }),
    'holds what is no key (keys[1])',
  ],
  [
    'nothing among the keys',
    JSON.stringify({ keys: [null, jwk(p256())] }),
    'holds what is no key (keys[0])',
  ],
  ['an object that is no key', '{}', 'holds what is no key'],
  ['a set that is none', '{"keys":"one"}', 'holds a JWK Set whose keys are no list'],
  [
    'a public key among the keys',
    JSON.stringify({ keys: [jwk(p256()), publicHalf] }),
    'holds a public key without its private half (keys[1])',
  ],
  [
    'a key for something else',
    JSON.stringify({ keys: [{ ...jwk(p256()), use: 'verify' }] }),
    'holds a key whose use is neither "sig" nor "enc" (keys[0])',
  ],
] as const)('%s is refused in words that quote nothing of it', ([, text, fault]) => {
  const refuse = () => readClientKeys(text)

  expect(refuse).toThrow(fault)
  expect(() => refuse()).not.toThrow(String(hidden))
})

test('two keys of one name are refused', () => {
  const twice = JSON.stringify({
    keys: [jwk(p256()), jwk(p256())].map((key) => ({ ...key, kid: 'one' })),
  })

  expect(() => readClientKeys(twice)).toThrow('holds two keys of one kid')
})
