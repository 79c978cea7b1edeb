import { expect, test } from 'vitest'
import { changed, type Json } from '../testing/hostile-answers.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import {
  atHash,
  hmacWithPublicKey,
  newKey,
  signedBy,
  unsigned,
  withBrokenSignature,
} from '../testing/hostile-tokens.ts'

const now = Math.floor(Date.now() / 1000)

test('oidcc-client-test: an honest provider signs in, over real connections', async () => {
  const { signIn, provider } = await hostileTestBff()

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
  expect(provider.requests).toEqual([
    'GET /.well-known/openid-configuration',
    'GET /authorize',
    'POST /token',
    'GET /jwks',
  ])
})

const refused: readonly [string, Json, string][] = [
  [
    'oidcc-client-test-invalid-iss, fapi2 invalid-iss: an ID token of another issuer',
    { iss: 'https://evil.example' },
    'iss',
  ],
  ['fapi2 invalid-missing-iss: an ID token of no issuer', { iss: undefined }, 'iss'],
  ['oidcc-client-test-missing-sub: an ID token about nobody', { sub: undefined }, 'sub'],
  ['an ID token whose sub is empty', { sub: '' }, 'sub'],
  ['an ID token whose sub is a number', { sub: 7 }, 'sub'],
  [
    'oidcc-client-test-invalid-aud, fapi2 invalid-aud: an ID token for another client',
    { aud: 'another' },
    'aud',
  ],
  [
    'oidcc-client-test-missing-aud, fapi2 invalid-missing-aud: an ID token for nobody',
    { aud: undefined },
    'aud',
  ],
  [
    'fapi2 invalid-secondary-aud: an ID token for us and a stranger, asked for by us',
    { aud: ['app', 'stranger'], azp: 'app' },
    'aud',
  ],
  ['an ID token asked for by another party', { azp: 'another' }, 'azp'],
  ['an ID token whose azp is a list with us in it', { azp: ['app'] }, 'azp'],
  ['oidcc-client-test-missing-iat: an ID token that has no iat', { iat: undefined }, 'iat'],
  ['an ID token whose iat is a text', { iat: String(now) }, 'iat'],
  ['fapi2 invalid-missing-exp: an ID token that never ends', { exp: undefined }, 'exp'],
  ['fapi2 invalid-expired-exp: an ID token that is over', { exp: now - 300 }, 'expired 300 s ago'],
  [
    'an ID token from a minute ahead',
    { iat: now + 60, exp: now + 360 },
    'from 60 s in the future, by our clock',
  ],
  ['an ID token that holds from later on', { nbf: now + 60 }, 'from 60 s in the future'],
  [
    'an ID token from before any attempt that is under way',
    { iat: now - 640 },
    'issued 640 s ago, by our clock: too long ago',
  ],
  [
    'oidcc-client-test-nonce-invalid, fapi2 invalid-nonce: an ID token of another attempt',
    { nonce: 'another' },
    'nonce',
  ],
  [
    'fapi2 invalid-missing-nonce: an ID token of no attempt',
    { nonce: undefined },
    'OAUTH_INVALID_RESPONSE',
  ],
  [
    'oidcc-client-test-invalid-athash: an ID token made for another access token',
    { at_hash: atHash('another') },
    'at_hash',
  ],
  ['an ID token whose at_hash is a list', { at_hash: [] }, 'at_hash'],
]

test.for(refused)('%s signs nobody in', async ([, claims, said]) => {
  const { signIn, complaints, provider, clock } = await hostileTestBff()
  // The times above are reckoned from when this file was loaded.
  provider.now = () => now
  clock.advance(now - clock.now())
  provider.idToken.claims = claims

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
  expect(complaints()).toEqual([expect.stringContaining(said)])
})

const accepted: readonly [string, Json][] = [
  ['fapi2 valid-aud-as-array: an ID token whose aud is a list of us alone', { aud: ['app'] }],
  ['an ID token that names us as azp', { azp: 'app' }],
  ['oidcc-client-test-missing-athash: an ID token without at_hash', { at_hash: undefined }],
]

test.for(accepted)('%s signs in', async ([, claims]) => {
  const { signIn, provider } = await hostileTestBff()
  provider.idToken.claims = claims

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
})

test.for([29, -29])('a provider whose clock is %i s off signs in', async (seconds) => {
  const { signIn, provider, clock } = await hostileTestBff()
  provider.now = () => clock.now() + seconds

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
})

test('claims of a type that the app does not expect stay out of the session', async () => {
  const { signIn, browser, provider } = await hostileTestBff()
  provider.idToken.claims = { name: { first: 'Ada' }, email: ['a@b'], email_verified: 'true' }

  await signIn()
  const session = await (await browser.fetch('/auth/session')).json()

  expect(session).toMatchObject({ authenticated: true, user: { sub: 'ada' } })
  expect(session).not.toHaveProperty('user.name')
  expect(session).not.toHaveProperty('user.email_verified')
})

test('an audience that is trusted by name may stand beside us, if azp says that we asked', async () => {
  const { signIn, provider } = await hostileTestBff({ trustedAudiences: ['project'] })
  provider.idToken.claims = { aud: ['app', 'project'] }

  const without = await signIn()
  provider.idToken.claims = { aud: ['app', 'project'], azp: 'app' }
  const withAzp = await signIn()

  expect(without.authenticated).toBe(false)
  expect(withAzp.authenticated).toBe(true)
})

test('oidcc-client-test-idtoken-sig-none, fapi2 invalid-null-alg: an ID token without a signature signs nobody in', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { id_token_signing_alg_values_supported: ['none', 'RS256'] }
  provider.idToken.sign = unsigned

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
})

test.for(['PEM', 'JWK'] as const)(
  'oidcc-client-test-invalid-sig-hs256: an ID token with the public key (%s) as shared secret signs nobody in',
  async (form) => {
    const { signIn, provider } = await hostileTestBff()
    provider.metadata = { id_token_signing_alg_values_supported: ['HS256', 'RS256'] }
    provider.idToken.sign = hmacWithPublicKey(form)

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
  },
)

test('oidcc-client-test-invalid-sig-hs256: an ID token with the client secret as key signs nobody in', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { id_token_signing_alg_values_supported: ['HS256'] }
  provider.idToken.sign = hmacWithPublicKey('JWK')

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(false)
})

test.for(['RS256', 'ES256'])(
  'oidcc-client-test-invalid-sig-rs256, -es256: a broken %s signature signs nobody in, a good one does',
  async (algorithm) => {
    const { signIn, complaints, provider } = await hostileTestBff()
    provider.metadata = { id_token_signing_alg_values_supported: [algorithm] }
    provider.key = await newKey(algorithm, 'only')
    provider.published = [provider.key.jwk]

    const good = await signIn()
    provider.idToken.sign = withBrokenSignature
    const broken = await signIn()

    expect(good.authenticated).toBe(true)
    expect(broken.status).toBe(400)
    expect(complaints()).toEqual([expect.stringContaining('ERR_JWS_SIGNATURE_VERIFICATION_FAILED')])
  },
)

test.for(['RS384', 'ES256', 'PS256'])(
  'fapi2 invalid-alternate-alg: an ID token signed with %s signs nobody in where RS256 is offered',
  async (algorithm) => {
    const { signIn, provider } = await hostileTestBff()
    provider.key = await newKey(algorithm, 'other')
    provider.published = [provider.key.jwk]

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
  },
)

test('an algorithm that the provider offers is refused when another one is pinned', async () => {
  const { signIn, provider } = await hostileTestBff({ idTokenAlgorithm: 'ES256' })
  provider.metadata = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] }

  const offered = await signIn()
  provider.key = await newKey('ES256', 'pinned')
  provider.published = [provider.key.jwk]
  const pinned = await signIn()

  expect(offered.authenticated).toBe(false)
  expect(pinned.authenticated).toBe(true)
})

test.for(['jwk', 'jku', 'x5u'])(
  'a key that the ID token brings along in its header (%s) is not looked at',
  async (name) => {
    const { signIn, provider } = await hostileTestBff()
    const stranger = await newKey('RS256', 'first')
    provider.idToken.header = { [name]: name === 'jwk' ? stranger.jwk : `${provider.issuer}/keys` }
    provider.idToken.sign = signedBy(stranger)

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
    expect(provider.requests).not.toContain('GET /keys')
  },
)

test('an at_hash is reckoned with the hash of the signature’s algorithm', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { id_token_signing_alg_values_supported: ['ES384'] }
  provider.key = await newKey('ES384', 'long')
  provider.published = [provider.key.jwk]

  const short = await signIn()
  Object.defineProperty(provider.idToken, 'claims', {
    get: () => ({ at_hash: atHash(provider.accessToken, 384) }),
  })
  const long = await signIn()

  expect(short.authenticated).toBe(false)
  expect(long.authenticated).toBe(true)
})

test('an answer without an ID token signs nobody in', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.answers.token = changed({ id_token: undefined })

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
})
