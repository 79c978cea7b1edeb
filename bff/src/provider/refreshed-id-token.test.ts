import { expect, test } from 'vitest'
import { changed, honest, type Json } from '../testing/hostile-answers.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { atHash, withBrokenSignature } from '../testing/hostile-tokens.ts'

test('oidcc-client-test-refresh-token: the new access token is used', async () => {
  const { signIn, refresh, apiCalls, provider } = await hostileTestBff()
  await signIn()

  const outcome = await refresh()

  expect(outcome).toEqual({ status: 200, authenticated: true })
  expect(apiCalls.at(-1)?.headers.get('Authorization')).toBe(`Bearer ${provider.accessToken}`)
})

const refused: readonly [string, Json][] = [
  [
    'oidcc-client-test-refresh-token-invalid-issuer: of another issuer',
    { iss: 'https://evil.example' },
  ],
  ['oidcc-client-test-refresh-token-invalid-sub: about another user', { sub: 'mallory' }],
  ['about another user, and over', { sub: 'mallory', exp: 1 }],
  ['oidcc-client-test-refresh-token-invalid-aud: for another client', { aud: 'another' }],
  ['for us and a stranger', { aud: ['app', 'stranger'], azp: 'app' }],
  ['oidcc-client-test-refresh-token-invalid-azp: asked for by another party', { azp: 'another' }],
  ['of another sign-in', { nonce: 'another' }],
  ['made for another access token', { at_hash: atHash('another') }],
]

test.for(refused)('a refreshed ID token %s ends the session', async ([, claims]) => {
  const { signIn, refresh, apiCalls, provider } = await hostileTestBff()
  await signIn()
  provider.idToken.claims = claims

  const outcome = await refresh()

  expect(outcome).toEqual({ status: 401, authenticated: false })
  expect(apiCalls).toEqual([])
})

test.for(refused)('the tokens that came with one %s are revoked', async ([, claims]) => {
  const { signIn, refresh, provider } = await hostileTestBff()
  await signIn()
  provider.idToken.claims = claims
  let refreshToken: unknown
  provider.answers.token = (response, usual) => {
    refreshToken = usual['refresh_token']
    honest(response, usual)
  }

  await refresh()

  expect(provider.revoked).toEqual([refreshToken, provider.accessToken])
})

test.for(['sub', 'iss', 'aud', 'iat', 'exp'])(
  'what comes with a refreshed ID token that lacks %s is not used',
  async (name) => {
    const { signIn, refresh, apiCalls, provider } = await hostileTestBff()
    await signIn()
    provider.idToken.claims = { [name]: undefined }

    const outcome = await refresh()

    expect(outcome.status).toBe(503)
    expect(apiCalls).toEqual([])
  },
)

test('a refreshed ID token with a broken signature ends the session', async () => {
  const { signIn, refresh, provider } = await hostileTestBff()
  await signIn()
  provider.idToken.sign = withBrokenSignature

  expect(await refresh()).toEqual({ status: 401, authenticated: false })
})

test('a refreshed ID token with the nonce of the sign-in is as good as one without', async () => {
  const { browser, refresh, provider } = await hostileTestBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/authorize/ })
  const nonce = url.searchParams.get('nonce')
  await browser.navigate(url.href)
  provider.idToken.claims = { nonce }

  expect(await refresh()).toEqual({ status: 200, authenticated: true })
})

const early: readonly [string, number][] = [
  ['ahead of ours', 90],
  ['behind ours, so that it seems over', -4000],
]

test.for(early)(
  'a clock of the provider that is %s ends no session at a refresh, and the log says by how much',
  async ([, seconds]) => {
    const { signIn, refresh, clock, eventsNamed, provider } = await hostileTestBff()
    await signIn()
    provider.now = () => clock.now() + seconds

    const outcome = await refresh()

    expect(outcome).toEqual({ status: 200, authenticated: true })
    expect(eventsNamed('id-token-left-out')).toEqual([
      { name: 'id-token-left-out', detail: expect.stringMatching(/UntrustedTime: .*\d+ s/) },
    ])
  },
)

test('a refresh that brings no ID token keeps the session', async () => {
  const { signIn, refresh, provider } = await hostileTestBff()
  await signIn()
  provider.answers.token = changed({ id_token: undefined })

  expect(await refresh()).toEqual({ status: 200, authenticated: true })
})

const unusable: readonly [string, Json, string][] = [
  ['a token of a type that we have no key for', { token_type: 'DPoP' }, 'unusable_token_type'],
  ['a token of no type (N_A)', { token_type: 'N_A' }, 'unusable_token_type'],
  ['a token with a line break in it', { access_token: 'a\r\nX-Admin: 1' }, 'unusable_token'],
]

test.for(unusable)(
  'a refresh that brings %s ends the session, and the log says what is at fault',
  async ([, answer, code]) => {
    const { signIn, refresh, apiCalls, eventsNamed, provider } = await hostileTestBff()
    await signIn()
    provider.idToken.claims = { at_hash: undefined }
    provider.answers.token = changed(answer)

    expect(await refresh()).toEqual({ status: 401, authenticated: false })
    expect(apiCalls).toEqual([])
    expect(eventsNamed('session-ended')).toMatchObject([{ detail: code }])
  },
)

test('tokens of a type that nobody can use are revoked', async () => {
  const { signIn, refresh, provider } = await hostileTestBff()
  await signIn()
  provider.answers.token = changed({ token_type: 'N_A' })

  await refresh()

  expect(provider.revoked).toContain(provider.accessToken)
})

test('of an ID token that does not hold up the log says that it is that one', async () => {
  const { signIn, refresh, eventsNamed, provider } = await hostileTestBff()
  await signIn()
  provider.idToken.claims = { sub: 'mallory' }

  await refresh()

  expect(eventsNamed('session-ended')).toMatchObject([{ detail: 'untrusted_id_token' }])
})
