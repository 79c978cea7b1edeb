import { expect, test, vi } from 'vitest'
import { dripping, honest, huge, redirecting, saying, text } from '../testing/hostile-answers.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { baseOptions, issuer, secret, testBff } from '../testing/test-bff.ts'

test('oidcc-client-test-discovery-openid-config, -jwks-uri-keys: every endpoint is taken from the discovery document', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { token_endpoint: `${provider.issuer}/elsewhere` }

  await signIn()

  expect(provider.requests).toContain('POST /elsewhere')
  expect(provider.requests).not.toContain('POST /token')
})

test('oidcc-client-test-discovery-issuer-mismatch, fapi2 discovery-issuer-mismatch: the document of another issuer is not used', async () => {
  const { signIn, eventsNamed, provider } = await hostileTestBff()
  provider.metadata = { issuer: 'https://evil.example' }

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 503, authenticated: false })
  expect(provider.requests).toEqual(['GET /.well-known/openid-configuration'])
  expect(eventsNamed('provider-unreachable')[0]?.detail).toContain('"https://evil.example"')
})

test('oidcc-client-test-discovery-issuer-mismatch: a slash at the end makes another issuer, and the log shows both', async () => {
  const { signIn, eventsNamed, provider } = await hostileTestBff()
  provider.metadata = { issuer: `${provider.issuer}/` }

  const outcome = await signIn()

  expect(outcome.status).toBe(503)
  expect(eventsNamed('provider-unreachable')[0]?.detail).toContain(
    `speaks for the issuer "${provider.issuer}/", not for "${provider.issuer}"`,
  )
})

test('a document that speaks for any issuer, as that of a provider of many tenants may, is not used', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = { issuer: `${provider.issuer}/{tenantid}` }

  expect(await signIn()).toEqual({ status: 503, authenticated: false })
})

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
] as const

test.for(endpoints)('a document with a plain http %s is not used', async (name) => {
  const { browser, provider, eventsNamed } = await testBff()
  provider.metadata = { [name]: 'http://id.example.net/endpoint' }

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(503)
  expect(eventsNamed('provider-unreachable')[0]?.detail).toContain(name)
})

test('a document with a plain http address for who has a certificate is not used', async () => {
  const { browser, provider, eventsNamed } = await testBff()
  provider.metadata = { mtls_endpoint_aliases: { token_endpoint: 'http://id.example.net/token' } }

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(503)
  expect(eventsNamed('provider-unreachable')[0]?.detail).toContain(
    'mtls_endpoint_aliases.token_endpoint',
  )
})

const unfit: readonly unknown[] = ['javascript:alert(1)', 'data:text/html,x', '//evil.example', 7]

test.for(unfit)('no browser is sent to %s, whatever the document says', async (value) => {
  const { signIn, provider } = await hostileTestBff()

  provider.metadata = { authorization_endpoint: value }
  const signingIn = await signIn()
  provider.metadata = { end_session_endpoint: value }
  const signingOut = await signIn()

  expect(signingIn.status).toBe(503)
  expect(signingOut.status).toBe(503)
})

test.for(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])(
  'a document without %s is not used',
  async (name) => {
    const { signIn, provider } = await hostileTestBff()
    provider.metadata = { [name]: undefined }

    expect(await signIn()).toEqual({ status: 503, authenticated: false })
  },
)

test('a provider without userinfo, revocation and end-session endpoints is a provider all the same', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.metadata = {
    userinfo_endpoint: undefined,
    revocation_endpoint: undefined,
    end_session_endpoint: undefined,
  }

  expect(await signIn()).toMatchObject({ authenticated: true })
})

test.for([
  ['an error', saying(500, {})],
  ['no JSON', text(200, 'application/json', '<html>')],
  ['another content type', text(200, 'text/html', '{}')],
  ['a list', text(200, 'application/json', '[]')],
  ['more than a megabyte', huge(1_100_000)],
] as const)(
  'a discovery answered with %s is asked for again after five seconds',
  async ([, answer]) => {
    const { signIn, clock, provider } = await hostileTestBff()
    provider.answers.discovery = answer

    const broken = await signIn()
    provider.answers.discovery = honest
    clock.advance(5)
    const mended = await signIn()

    expect(broken).toEqual({ status: 503, authenticated: false })
    expect(mended.authenticated).toBe(true)
  },
)

test('while discovery fails, whoever asks us has the provider asked once in five seconds, and the log told as often', async () => {
  const world = await hostileTestBff()
  const { bff, browser, clock, provider } = world
  provider.answers.discovery = saying(500, {})
  const flood = async () => {
    for (const path of ['/readyz', '/readyz', '/auth/login', '/auth/login']) {
      await browser.navigate(path)
    }
    await bff.app.request('/auth/backchannel-logout', {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'e30.e30.e30' }),
    })
  }

  await flood()
  const atFirst = provider.requests.length
  clock.advance(5)
  await flood()

  expect(atFirst).toBe(1)
  expect(provider.requests).toHaveLength(2)
  expect(world.eventsNamed('provider-unreachable')).toHaveLength(2)
})

test('while a known provider can’t be found again, it is asked once in five seconds', async () => {
  const { signIn, clock, eventsNamed, provider } = await hostileTestBff()
  await signIn()
  provider.answers.discovery = saying(500, {})
  clock.advance(3600)

  const outcomes = [await signIn(), await signIn(), await signIn()]

  expect(outcomes.map(({ authenticated }) => authenticated)).toEqual([true, true, true])
  expect(eventsNamed('provider-unreachable')).toHaveLength(1)
})

test('a discovery that is sent elsewhere is not followed', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.answers.discovery = redirecting(`${provider.issuer}/elsewhere`)

  const outcome = await signIn()

  expect(outcome.status).toBe(503)
  expect(provider.requests).toEqual(['GET /.well-known/openid-configuration'])
})

test('a sign-in does not wait for ever for a discovery that drips', async () => {
  const { browser, provider } = await hostileTestBff()
  provider.answers.discovery = dripping
  const giveUp = new AbortController()
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(giveUp.signal)
  const asked = provider.asked('GET /.well-known/openid-configuration')

  const arrival = browser.navigate('/auth/login')
  await asked
  giveUp.abort(new DOMException('too slow', 'TimeoutError'))

  expect((await arrival).response.status).toBe(503)
  expect(AbortSignal.timeout).toHaveBeenCalledWith(8000)
})

test('a document that turns bad ends nobody’s session, and what was known stays in use', async () => {
  const { signIn, refresh, clock, eventsNamed, provider } = await hostileTestBff(
    {},
    { session: { secrets: [secret], idleSeconds: 28_800 } },
  )
  await signIn()
  provider.metadata = { issuer: 'https://evil.example' }
  clock.advance(3600)

  const outcome = await refresh()

  expect(eventsNamed('provider-unreachable')).toHaveLength(1)
  expect(outcome).toEqual({ status: 200, authenticated: true })
})

test.for([saying(401, {}), saying(400, {})])(
  'a discovery that is refused says nothing of a refresh token',
  async (answer) => {
    const world = await hostileTestBff()
    await world.signIn()
    const again = await hostileTestBff({ issuer: world.provider.issuer })
    world.provider.answers.discovery = answer
    const cookies = world.browser.cookies()
    again.clock.advance(301)

    const response = await again.browser.with(cookies).fetch('/api/notes')

    expect(response.status).toBe(503)
    expect(world.provider.tokenRequests).toHaveLength(1)
  },
)

test('a provider that does not list S256 is asked with it all the same, and the log says so once', async () => {
  const { browser, provider, clock, eventsNamed } = await testBff()
  provider.metadata = { code_challenge_methods_supported: ['plain'] }

  const { way } = await browser.navigate('/auth/login')
  clock.advance(3601)
  await browser.navigate('/auth/login')

  expect(way.join(' ')).toContain('code_challenge_method=S256')
  expect(eventsNamed('provider-discovered')).toHaveLength(2)
  expect(eventsNamed('notice')).toMatchObject([{ text: expect.stringContaining('S256') }])
})

test('a provider that says nothing of PKCE is not complained of', async () => {
  const { browser, provider, eventsNamed } = await testBff()
  provider.metadata = { code_challenge_methods_supported: undefined }

  const { url } = await browser.navigate('/auth/login', { until: /\/authorize/ })

  expect(url.origin).toBe(issuer)
  expect(eventsNamed('notice')).toEqual([])
})

const dpop = { provider: { ...baseOptions.provider, dpop: true } } as const

test.for<[string, unknown]>([
  ['no algorithms of proofs', undefined],
  ['others than ours', ['RS256']],
  ['what is no list', 'ES256'],
])(
  'a provider that lists %s is told of once where tokens are to be bound, and again with a sign-in that fails for it',
  async ([, listed]) => {
    const { browser, clock, provider, eventsNamed } = await testBff(dpop)
    provider.metadata = { dpop_signing_alg_values_supported: listed }

    await browser.navigate('/auth/login')
    clock.advance(3601)
    await browser.navigate('/auth/login')

    const text = expect.stringMatching(/ES256.*dpop_signing_alg_values_supported/)
    expect(eventsNamed('notice')).toEqual([{ name: 'notice', text }])
    expect(eventsNamed('sign-in-failed')[0]?.detail).toMatch(
      /bearer token.*dpop_signing_alg_values_supported/,
    )
  },
)

test.for([
  ['lists ES256', dpop, ['ES256']],
  ['need not bind anything', {}, undefined],
] as const)(
  'a provider that %s is not complained of for its proofs',
  async ([, options, listed]) => {
    const { browser, provider, eventsNamed } = await testBff(options)
    provider.metadata = { dpop_signing_alg_values_supported: listed }

    await browser.navigate('/auth/login')

    expect(eventsNamed('notice')).toEqual([])
    expect(eventsNamed('sign-in-failed')[0]?.detail ?? '').not.toContain('dpop_signing')
  },
)

test('what the discovery document says is read once, however many sign in', async () => {
  const copy = structuredClone
  let reads = 0
  // That is how openid-client gives it out.
  vi.spyOn(globalThis, 'structuredClone').mockImplementation((value) => {
    if (new Error('where').stack?.includes('serverMetadata')) reads += 1
    return copy(value)
  })
  const { browser, clock, eventsNamed } = await testBff()
  await browser.navigate('/auth/login')
  const atFirst = reads

  await browser.navigate('/auth/login')
  clock.advance(301)
  await browser.fetch('/api/notes')
  await browser.fetch('/auth/session?check=provider')
  await browser.fetch('/auth/logout', { method: 'POST' })

  expect(eventsNamed('refreshed')).toHaveLength(1)
  expect(atFirst).toBeGreaterThan(0)
  expect(reads).toBe(atFirst)
})
