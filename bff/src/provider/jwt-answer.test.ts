import { expect, test } from 'vitest'
import type { Json } from '../testing/hostile-answers.ts'
import type { HostileProvider } from '../testing/hostile-provider.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import {
  hmacWithPublicKey,
  honestly,
  newKey,
  signedBy,
  unsigned,
  withBrokenSignature,
  type Sign,
} from '../testing/hostile-tokens.ts'

/** Answers of the authorization endpoint in a JWT (JARM), bent. */
interface Bend {
  readonly claims?: Json
  readonly sign?: Sign
  /** What the browser brings in the end. */
  readonly query?: (query: URLSearchParams) => void
}

async function world(bend: Bend = {}) {
  const bff = await hostileTestBff({ responseMode: 'jwt' })
  bff.provider.authorizationAnswer = (query) => inJwt(bff.provider, query, bend)
  return bff
}

async function inJwt(provider: HostileProvider, query: URLSearchParams, bend: Bend): Promise<void> {
  const { claims = {}, sign = honestly, query: bendQuery = () => {} } = bend
  const answer = {
    ...Object.fromEntries(query),
    iss: provider.issuer,
    aud: 'app',
    exp: provider.now() + 600,
    ...claims,
  }
  const response = await sign({ kid: provider.key.jwk.kid }, answer, provider.key)
  for (const name of new Set(query.keys())) query.delete(name)
  query.set('response', response)
  bendQuery(query)
}

test('asks for an answer in a JWT, and signs in by it', async () => {
  const { browser, signIn } = await world()

  const { url } = await browser.navigate('/auth/login', { until: /\/authorize/ })
  const outcome = await signIn()

  expect(url.searchParams.get('response_mode')).toBe('jwt')
  expect(outcome).toMatchObject({ authenticated: true })
})

const now = Math.floor(Date.now() / 1000)

const bent: readonly [string, Bend][] = [
  ['whose signature is broken', { sign: withBrokenSignature }],
  ['that is not signed', { sign: unsigned }],
  ['that is signed with the public key as a secret', { sign: hmacWithPublicKey('PEM') }],
  ['of another issuer', { claims: { iss: 'https://evil.example' } }],
  ['without an issuer', { claims: { iss: undefined } }],
  ['for another client', { claims: { aud: 'another' } }],
  ['for others too', { claims: { aud: ['app', 'another'] } }],
  ['that is over', { claims: { exp: now - 60 } }],
  ['that never ends', { claims: { exp: undefined } }],
  ['of another state', { claims: { state: 'x'.repeat(43) } }],
  ['without a code', { claims: { code: undefined } }],
  ['that comes twice', { query: (query) => query.append('response', query.get('response') ?? '') }],
  ['that is no JWT', { query: (query) => query.set('response', 'nonsense') }],
  ['that is nonsense in five parts', { query: (query) => query.set('response', 'a.b.c.d.e') }],
  [
    'that is encrypted for nobody',
    {
      query: (query) =>
        query.set('response', 'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..c.d.e'),
    },
  ],
]

test.for(bent)('an answer in a JWT %s signs nobody in, and no code is traded', async ([, bend]) => {
  const { signIn, provider } = await world(bend)

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
  expect(provider.tokenRequests).toEqual([])
})

test('an answer in a JWT that a stranger has signed signs nobody in', async () => {
  const { signIn } = await world({ sign: signedBy(await newKey('RS256', 'first')) })

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
})

test('a plain answer is refused where one in a JWT was asked for, and the attempt waits for its own', async () => {
  const { browser, complaints, provider, signIn } = await world()
  const { url } = await browser.navigate('/auth/login', { until: /\/authorize/ })
  const plain = `https://app.example.com/auth/callback?code=stolen&state=${url.searchParams.get('state')}`

  const downgraded = await browser.navigate(plain, { fromElsewhere: true })
  const honest = await browser.navigate(url.href)

  expect(downgraded.response.status).toBe(400)
  expect(complaints().at(0)).toContain('plain, where one in a JWT was asked for')
  expect(provider.tokenRequests).toHaveLength(1)
  expect(honest.way.at(-1)).toBe('https://app.example.com/')
  expect(await signIn()).toMatchObject({ authenticated: true })
})

test('what stands beside the JWT is not looked at', async () => {
  const { signIn, provider } = await world({
    query: (query) => {
      query.set('code', 'stolen')
      query.set('iss', 'https://evil.example')
    },
  })

  expect(await signIn()).toMatchObject({ authenticated: true })
  expect(provider.tokenRequests[0]?.body.get('code')).not.toBe('stolen')
})

test('a provider’s ID token does not pass for an answer', async () => {
  const { signIn } = await world({
    claims: { code: undefined, state: undefined, sub: 'ada', nonce: 'n' },
  })

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
})

test('an answer in a JWT is refused where a plain one was asked for', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.authorizationAnswer = (query) => inJwt(provider, query, {})

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
  expect(provider.tokenRequests).toEqual([])
})

test('an old answer opened again takes who is signed in to the app', async () => {
  const { browser, clock, signIn } = await world()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  await signIn()
  clock.advance(700)

  const { way } = await browser.navigate(url.href)

  expect(way.at(-1)).toBe('https://app.example.com/')
})
