import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { digest } from './digest.ts'
import { dpopKeySchema, dpopThumbprint, newDpopKey } from './dpop-key.ts'
import { dpopNonces } from './dpop-nonces.ts'
import { dpopProof } from './dpop-proof.ts'

const request = {
  method: 'POST',
  url: 'https://api.example.org/v1/notes?page=2#top',
  accessToken: 'the-token',
  nonce: 'the-nonce',
}

test('a proof is for one request and one token, and anybody can check it by the key in it', async () => {
  const key = newDpopKey()
  const now = Math.floor(Date.now() / 1000)

  const { payload, protectedHeader } = await jwtVerify(dpopProof(key, request, now), EmbeddedJWK)

  const { alg, jwk, typ } = protectedHeader
  expect({ alg, typ }).toEqual({ alg: 'ES256', typ: 'dpop+jwt' })
  expect(Object.keys(jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
  expect(payload).toEqual({
    jti: expect.any(String) as string,
    htm: 'POST',
    htu: 'https://api.example.org/v1/notes',
    iat: now,
    ath: digest('the-token'),
    nonce: 'the-nonce',
  })
  expect(dpopThumbprint(key)).toBe(await calculateJwkThumbprint(jwk as JWK))
})

test('no two proofs are the same, and one for the provider names neither token nor nonce', () => {
  const key = newDpopKey()
  const bare = { ...request, accessToken: null, nonce: null }

  const [one, other] = [decodeJwt(dpopProof(key, bare, 1)), decodeJwt(dpopProof(key, bare, 1))]

  expect(one.jti).not.toBe(other.jti)
  expect(Object.keys(one).toSorted()).toEqual(['htm', 'htu', 'iat', 'jti'])
})

test('each key is 32 bytes, also one whose number begins with zeros', async () => {
  const keys = Array.from({ length: 600 }, newDpopKey)
  const withZeros = keys.find((key) => Buffer.from(key, 'base64url')[0] === 0)

  for (const key of keys) expect(dpopKeySchema.safeParse(key).success).toBe(true)
  if (withZeros) await jwtVerify(dpopProof(withZeros, request, 1), EmbeddedJWK)
  expect(new Set(keys).size).toBe(600)
})

test('the newest nonce of each origin is remembered, and what is none is not', () => {
  const nonces = dpopNonces()
  const origin = 'https://api.example.org'

  expect(nonces.learn(origin, 'one')).toBe(true)
  expect(nonces.learn(origin, 'two')).toBe(true)
  for (const none of [null, undefined, '', 'a b', 'a"b', 'ä', 'x'.repeat(513)])
    expect(nonces.learn(origin, none)).toBe(false)

  expect(nonces.of(origin)).toBe('two')
  expect(nonces.of('https://other.example.org')).toBeNull()
})
