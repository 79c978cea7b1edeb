import { CompactEncrypt, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'
import { publicEncrypt, constants, createCipheriv, randomBytes, KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EncryptedAnswer } from '../base/encrypted-answers.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { baseOptions, signedInTestBff } from '../testing/test-bff.ts'
import {
  honestly,
  newKey,
  signedBy,
  unsigned,
  withBrokenSignature,
  type Sign,
} from '../testing/hostile-tokens.ts'

interface OwnKey {
  readonly jwk: JWK
  readonly publicKey: CryptoKey
}

async function ownKey(algorithm: string, kid: string, members: JWK = {}): Promise<OwnKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { jwk: { ...(await exportJWK(privateKey)), kid, use: 'enc', ...members }, publicKey }
}

const rsa = await ownKey('RSA-OAEP-256', 'rsa')
const rsaWithSha1 = await ownKey('RSA-OAEP', 'rsa-sha1')
const curve = await ownKey('ECDH-ES', 'curve')
const strangers = await ownKey('ECDH-ES', 'strangers')

/** Signs as it is told, and encrypts what comes of it. */
function encrypted(
  { publicKey, jwk }: OwnKey,
  header: { readonly alg: string; readonly enc?: string; readonly kid?: string | undefined },
  sign: Sign = honestly,
): Sign {
  return async (head, claims, key) => {
    const signed = new TextEncoder().encode(await sign(head, claims, key))
    return new CompactEncrypt(signed)
      .setProtectedHeader({ enc: 'A256GCM', cty: 'JWT', kid: jwk.kid, ...header } as never)
      .encrypt(publicKey)
  }
}

function world(
  encryptedAnswers: readonly EncryptedAnswer[] = ['id_token'],
  keys = [rsa, rsaWithSha1, curve],
) {
  const clientKeys = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
  return hostileTestBff({ clientKeys, encryptedAnswers })
}

test.for([
  ['RSA-OAEP-256', 'A256GCM', rsa],
  ['RSA-OAEP', 'A128CBC-HS256', rsaWithSha1],
  ['ECDH-ES', 'A128GCM', curve],
  ['ECDH-ES+A256KW', 'A256CBC-HS512', curve],
] as const)('an ID token encrypted with %s and %s signs in', async ([alg, enc, key]) => {
  const { provider, signIn } = await world()
  provider.idToken.sign = encrypted(key, { alg, enc })

  expect(await signIn()).toMatchObject({ authenticated: true })
})

test('with one key that fits, an ID token need not name it', async () => {
  const { provider, signIn } = await world()
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES', kid: undefined })

  expect(await signIn()).toMatchObject({ authenticated: true })
})

const strangerSigns = signedBy(await newKey('RS256', 'first'))

const attacks: readonly [string, Sign][] = [
  ['that is not encrypted', honestly],
  ['that is encrypted for a stranger', encrypted(strangers, { alg: 'ECDH-ES' })],
  [
    'that is encrypted for a stranger under the name of our key',
    encrypted(strangers, { alg: 'ECDH-ES', kid: 'curve' }),
  ],
  [
    'that anybody has encrypted, and signed with a key of their own',
    encrypted(curve, { alg: 'ECDH-ES' }, strangerSigns),
  ],
  ['that anybody has encrypted, and nobody signed', encrypted(curve, { alg: 'ECDH-ES' }, unsigned)],
  ['whose signature inside is broken', encrypted(curve, { alg: 'ECDH-ES' }, withBrokenSignature)],
  ['that is encrypted with RSA1_5', withRsa15],
  [
    'that was changed on its way',
    async (...args) => {
      const parts = (await encrypted(curve, { alg: 'ECDH-ES' })(...args)).split('.')
      const bytes = Buffer.from(parts[3] ?? '', 'base64url')
      bytes[0] = (bytes[0] ?? 0) ^ 1
      return parts.with(3, bytes.toString('base64url')).join('.')
    },
  ],
]

test.for(attacks)('an ID token %s signs nobody in', async ([, sign]) => {
  const { provider, signIn } = await world()
  provider.idToken.sign = sign

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
})

test('an ID token that does not say for which of two keys it is signs nobody in', async () => {
  const { complaints, provider, signIn } = await world(['id_token'], [curve, strangers])
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES', kid: undefined })

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
  expect(complaints()[0]).toContain('for which of our keys')
})

test('a key that is for one algorithm takes no other', async () => {
  const narrow = await ownKey('ECDH-ES', 'narrow', { alg: 'ECDH-ES' })
  const { provider, signIn } = await world(['id_token'], [narrow])
  provider.idToken.sign = encrypted(narrow, { alg: 'ECDH-ES+A128KW' })

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
})

test('an encrypted ID token where nobody has a key for it signs nobody in', async () => {
  const { provider, signIn } = await hostileTestBff()
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES' })

  expect(await signIn()).toMatchObject({ authenticated: false })
})

test('where nothing is demanded, both kinds of ID tokens sign in', async () => {
  const { provider, signIn } = await world([])

  const plain = await signIn()
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES' })

  expect(plain).toMatchObject({ authenticated: true })
  expect(await signIn()).toMatchObject({ authenticated: true })
})

test('a refresh that brings an ID token that is not encrypted ends the session, and its tokens are revoked', async () => {
  const { provider, refresh, signIn } = await world()
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES' })
  await signIn()
  provider.idToken.sign = honestly

  const outcome = await refresh()

  expect(outcome).toEqual({ status: 401, authenticated: false })
  await expect.poll(() => provider.revoked.length).toBeGreaterThan(0)
})

test('a refresh that brings an encrypted ID token goes on', async () => {
  const { provider, refresh, signIn } = await world()
  provider.idToken.sign = encrypted(curve, { alg: 'ECDH-ES' })
  await signIn()

  expect(await refresh()).toEqual({ status: 200, authenticated: true })
})

test('a logout token that is encrypted ends the session, and one that is not is taken, too', async () => {
  const clientKeys = JSON.stringify({ keys: [curve.jwk] })
  const bff = await signedInTestBff({ provider: { ...baseOptions.provider, clientKeys } })
  // A logout token ends what began before it was issued.
  bff.clock.advance(5)
  const signed = new TextEncoder().encode(await bff.provider.logoutToken())
  const logout_token = await new CompactEncrypt(signed)
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'curve' })
    .encrypt(curve.publicKey)
  const body = (token: string) => new URLSearchParams({ logout_token: token })
  const path = 'https://app.example.com/auth/backchannel-logout'

  const forged = await bff.bff.app.request(path, { method: 'POST', body: body('a.b.c.d.e') })
  const answer = await bff.bff.app.request(path, { method: 'POST', body: body(logout_token) })
  const plain = await bff.bff.app.request(path, {
    method: 'POST',
    body: body(await bff.provider.logoutToken()),
  })

  expect([forged.status, answer.status, plain.status]).toEqual([400, 200, 200])
  expect(await isSignedIn(bff.browser)).toBe(false)
})

/** jose makes none any more. */
async function withRsa15(...args: Parameters<Sign>): Promise<string> {
  const header = Buffer.from(
    JSON.stringify({ alg: 'RSA1_5', enc: 'A256GCM', kid: 'rsa' }),
  ).toString('base64url')
  const [secret, iv] = [randomBytes(32), randomBytes(12)]
  const key = { key: KeyObject.from(rsa.publicKey), padding: constants.RSA_PKCS1_PADDING }
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(header))
  const text = Buffer.concat([cipher.update(await honestly(...args)), cipher.final()])
  const parts = [publicEncrypt(key, secret), iv, text, cipher.getAuthTag()]
  return [header, ...parts.map((part) => part.toString('base64url'))].join('.')
}
