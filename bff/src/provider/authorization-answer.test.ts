import { expect, test } from 'vitest'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'

const bent: readonly [string, (query: URLSearchParams) => void][] = [
  [
    'fapi2 invalid-authorization-response-iss: an answer in the name of another issuer',
    (query) => query.set('iss', 'https://evil.example'),
  ],
  [
    'fapi2 remove-authorization-response-iss: an answer without the iss that the provider promises',
    (query) => query.delete('iss'),
  ],
  ['an answer whose iss is empty', (query) => query.set('iss', '')],
  [
    'RFC 9207 §2.4: an answer with two issuers, one of them right',
    (query) => query.append('iss', 'https://evil.example'),
  ],
  ['an answer with two codes', (query) => query.append('code', 'another')],
  ['an answer with two states', (query) => query.append('state', 'another')],
  [
    'fapi2 ensure-authorization-response-with-invalid-state-fails: an answer with another state',
    (query) => query.set('state', 'x'.repeat(43)),
  ],
  [
    'fapi2 ensure-authorization-response-with-invalid-missing-state-fails: an answer without state',
    (query) => query.delete('state'),
  ],
  ['an answer without a code', (query) => query.delete('code')],
  ['an answer with a code and tokens', (query) => query.append('id_token', 'eyJ.e30.')],
  ['an answer wrapped in a JWT', (query) => query.append('response', 'eyJ.e30.')],
  [
    'an error in the name of another issuer',
    (query) => {
      query.set('error', 'access_denied')
      query.set('iss', 'https://evil.example')
    },
  ],
]

test.for(bent)('%s signs nobody in, and no code is traded', async ([, bend]) => {
  const { signIn, provider } = await hostileTestBff()
  provider.authorizationAnswer = bend

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
  expect(provider.tokenRequests).toEqual([])
})

test('an answer without iss signs in where the provider promises none', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { authorization_response_iss_parameter_supported: undefined }
  provider.authorizationAnswer = (query) => query.delete('iss')

  expect(await signIn()).toMatchObject({ authenticated: true })
})

test.for(['https://evil.example', ''])(
  'an iss that comes (%o) is checked where the provider promises none',
  async (iss) => {
    const { signIn, provider } = await hostileTestBff()
    provider.metadata = { authorization_response_iss_parameter_supported: undefined }
    provider.authorizationAnswer = (query) => query.set('iss', iss)

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
    expect(provider.tokenRequests).toEqual([])
  },
)

test('an answer that has been used is not taken again, and no code is traded twice', async () => {
  const { browser, provider } = await hostileTestBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  await browser.navigate(url.href)

  await browser.navigate(url.href)

  expect(provider.tokenRequests).toHaveLength(1)
})

test('oidcc-client-test-nonce-unless-code-flow, -scope-userinfo-claims: state, nonce, PKCE and the scopes are sent', async () => {
  const { browser } = await hostileTestBff()

  const { url } = await browser.navigate('/auth/login', { until: /\/authorize/ })

  const asked = Object.fromEntries(url.searchParams)
  expect(asked).toMatchObject({
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    scope: 'openid profile email offline_access',
  })
})

test('a code that another browser was given can’t be slipped into an attempt: PKCE', async () => {
  const { signIn, browser, provider } = await hostileTestBff()
  const stolen = await browser.with(new Map()).navigate('/auth/login', { until: /\/callback/ })
  provider.authorizationAnswer = (query) =>
    query.set('code', stolen.url.searchParams.get('code') ?? '')

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
})
