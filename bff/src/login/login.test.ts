import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { apiUrl, issuer, publicUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

test('signs in from a deep link and ends there', async () => {
  const { browser, provider } = await testBff()

  const arrival = await browser.navigate('/auth/login?return_to=/notes/7?x=1')
  const session = await browser.fetch('/auth/session')

  expect(arrival.url.href).toBe(`${publicUrl}/notes/7?x=1`)
  expect(provider.tokenRequests('authorization_code')).toBe(1)
  expect(await session.json()).toMatchObject({
    authenticated: true,
    user: { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' },
    session: { state: 'active' },
    token: { refreshable: true, refreshCount: 0 },
  })
})

test('asks with code flow, PKCE, state and nonce, for the configured callback', async () => {
  const { browser } = await testBff({
    provider: {
      issuer,
      clientId: 'app',
      clientSecret: 'secret',
      authorizeParameters: { audience: apiUrl },
    },
  })

  const { url } = await browser.navigate(
    '/auth/login?login_hint=ada&scope=admin&redirect_uri=https://evil.example',
    { until: /\/authorize/ },
  )

  const asked = Object.fromEntries(url.searchParams)
  expect(asked).toMatchObject({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: `${publicUrl}/auth/callback`,
    scope: 'openid profile email offline_access',
    code_challenge_method: 'S256',
    audience: apiUrl,
    login_hint: 'ada',
  })
  expect(asked['state']).toMatch(/^[\w-]{43}$/)
  expect(asked['nonce']).toMatch(/^[\w-]{43}$/)
  expect(asked['code_challenge']).toMatch(/^[\w-]{43}$/)
})

test('gives the session cookie its name and attributes', async () => {
  const { browser } = await signedInTestBff()

  const [cookie] = browser.setCookies.filter((line) => line.startsWith('__Host-Http-strongroom='))

  expect(cookie?.split('; ').slice(1).toSorted()).toEqual([
    'HttpOnly',
    'Path=/',
    'SameSite=Strict',
    'Secure',
  ])
})

test('gives each attempt a cookie of its own, lax and for ten minutes, gone when it is over', async () => {
  const { browser } = await testBff()

  await browser.navigate('/auth/login', { until: /\/authorize/ })
  const during = [...browser.cookies()]
  const [set] = browser.setCookies
  await browser.navigate('/auth/login')

  expect(during).toHaveLength(1)
  expect(set).toMatch(/^__Host-Http-strongroom-login-[\w-]{12}=/)
  expect(set?.split('; ').slice(1).toSorted()).toEqual([
    'HttpOnly',
    'Max-Age=600',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ])
  expect([...browser.cookies().keys()].filter((name) => name.includes('-login-'))).toHaveLength(1)
})

test('lets two tabs sign in at once', async () => {
  const { browser } = await testBff()

  const first = await browser.navigate('/auth/login?return_to=/a', { until: /\/callback/ })
  const second = await browser.navigate('/auth/login?return_to=/b', { until: /\/callback/ })
  const arrivals = [await browser.navigate(first.url.href), await browser.navigate(second.url.href)]

  expect(arrivals.map(({ url }) => url.pathname)).toEqual(['/a', '/b'])
})

test('keeps five attempts at most, and drops the oldest', async () => {
  const { browser, clock } = await testBff()
  const oldest = await browser.navigate('/auth/login', { until: /\/callback/ })

  for (const _ of Array.from({ length: 7 })) {
    clock.advance(1)
    await browser.navigate('/auth/login', { until: /\/authorize/ })
  }
  const late = await browser.navigate(oldest.url.href)

  expect(browser.cookies().size).toBe(5)
  expect(late.response.status).toBe(400)
})

test('the oldest goes also among attempts of one moment', async () => {
  const { browser } = await testBff()
  const begin = () => browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  const begun: URL[] = []
  for (const _ of Array.from({ length: 8 })) begun.push((await begin()).url)

  const ends: string[] = []
  for (const { href } of begun) {
    const { url } = await browser.with(browser.cookies()).navigate(href)
    ends.push(url.pathname)
  }

  expect(ends).toEqual([...Array(3).fill('/auth/callback'), ...Array(5).fill('/notes')])
})

test('the oldest goes also where the browser sends its cookies in another order', async () => {
  const { browser, clock } = await testBff()
  const begin = () => browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  const begun: URL[] = []
  for (const _ of Array.from({ length: 5 })) {
    begun.push((await begin()).url)
    clock.advance(0.001)
  }
  const reversed = browser.with(new Map([...browser.cookies()].toReversed()))

  await reversed.navigate('/auth/login', { until: /\/callback/ })
  const [first, second] = [begun[0]?.href ?? '', begun[1]?.href ?? '']
  const ends = [await reversed.navigate(first), await reversed.navigate(second)]

  expect(ends.map(({ url }) => url.pathname)).toEqual(['/auth/callback', '/notes'])
})

const notNavigations: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Mode': 'cors' },
  { 'Sec-Fetch-Dest': 'iframe' },
  { 'Sec-Purpose': 'prefetch' },
  { Purpose: 'prefetch' },
  { 'X-Requested-With': 'XMLHttpRequest' },
  { Accept: 'application/json' },
]

test.for(notNavigations)('starts nothing for what is no navigation: %o', async (headers) => {
  const { browser } = await testBff()

  const { response } = await browser.navigate('/auth/login', { headers })

  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ code: 'unauthenticated', login: '/auth/login' })
  expect(browser.setCookies).toEqual([])
})

test('starts nothing for a HEAD request, such as of a scanner that looks at links', async () => {
  const { bff } = await testBff()

  const response = await bff.app.request(`${publicUrl}/auth/login`, { method: 'HEAD' })

  expect(response.status).toBe(401)
  expect(response.headers.getSetCookie()).toEqual([])
})

test('counts a request that says nothing of itself as a navigation', async () => {
  const { bff } = await testBff()

  const response = await bff.app.request(`${publicUrl}/auth/login`)

  expect(response.status).toBe(303)
})

test('says in plain words that the user said no, and signs nobody in', async () => {
  const { browser, provider } = await testBff()
  provider.authorizationAnswer = {
    error: 'access_denied',
    error_description: '<script>alert(1)</script>',
  }

  const { response } = await browser.navigate('/auth/login?return_to=/notes')
  const text = await response.text()

  expect(response.status).toBe(403)
  expect(text).toContain('You were not signed in')
  expect(text).toContain('href="/auth/login?return_to=%2Fnotes"')
  expect(text).not.toContain('alert(1)')
  expect(response.headers.get('Content-Security-Policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-/,
  )
  expect(provider.tokenRequests('authorization_code')).toBe(0)
})

test('the page for a failed sign-in allows its own style, and nothing else', async () => {
  const { browser } = await testBff()

  const { response } = await browser.navigate('/auth/callback')

  const style = /<style>([^]*?)<\/style>/.exec(await response.text())?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  expect(response.headers.get('Content-Security-Policy')).toContain(`style-src 'sha256-${hash}'`)
})

test('takes an answer once, and takes who is signed in by it to the app', async () => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  await browser.navigate(url.href)

  const again = await browser.navigate(url.href)

  expect(again.url.href).toBe(`${publicUrl}/`)
  expect(provider.tokenRequests('authorization_code')).toBe(1)
})

test('takes no answer from another browser', async () => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })

  const other = await browser.with(new Map()).navigate(url.href)

  expect(other.response.status).toBe(400)
  expect(provider.tokenRequests('authorization_code')).toBe(0)
})

test('takes no answer after ten minutes', async () => {
  const { browser, clock } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  clock.advance(601)

  const late = await browser.navigate(url.href)

  expect(late.response.status).toBe(400)
})

const forged: readonly [string, (url: URL) => void][] = [
  ['another state', (url) => url.searchParams.set('state', 'x'.repeat(43))],
  ['another issuer', (url) => url.searchParams.set('iss', 'https://evil.example')],
  ['no issuer', (url) => url.searchParams.delete('iss')],
  ['two codes', (url) => url.searchParams.append('code', 'another')],
  ['a foreign code', (url) => url.searchParams.set('code', 'another')],
]

test.for(forged)('signs nobody in on an answer with %s', async ([, forge]) => {
  const { browser } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  forge(url)

  const { response } = await browser.navigate(url.href)
  const session = await browser.fetch('/auth/session')

  expect(response.status).toBe(400)
  expect(await session.json()).toEqual({ authenticated: false })
})

const untrusted: readonly [string, Record<string, unknown>][] = [
  ['another nonce', { nonce: 'another' }],
  ['another party named in azp', { azp: 'another' }],
]

test.for(untrusted)('signs nobody in on an ID token with %s', async ([, claims]) => {
  const { browser, provider } = await testBff()
  provider.idTokenClaims = claims

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('could not be trusted')
})

test('stays usable while the provider is down, and signs in once it is back', async () => {
  const { browser, clock, internet, provider } = await testBff()
  internet.unplug(issuer)

  const down = await browser.navigate('/auth/login?return_to=/notes')
  internet.host(issuer, (request) => provider.app.fetch(request))
  clock.advance(5)
  const up = await browser.navigate('/auth/login?return_to=/notes')

  expect(down.response.status).toBe(503)
  expect(await down.response.text()).toContain('can’t be reached')
  expect(up.url.pathname).toBe('/notes')
})

test('leaves no attempt behind when the provider can’t be reached', async () => {
  const { browser, internet } = await testBff()
  internet.unplug(issuer)

  await browser.navigate('/auth/login')

  expect(browser.cookies().size).toBe(0)
})

test('signs in through a provider that takes the secret in the header only', async () => {
  const { browser, provider, internet } = await testBff()
  provider.metadata = { token_endpoint_auth_methods_supported: ['client_secret_basic'] }
  let authorization: string | null = null
  internet.host(issuer, (request) => {
    if (request.method === 'POST') authorization = request.headers.get('Authorization')
    return provider.app.fetch(request)
  })

  await browser.navigate('/auth/login')

  expect(authorization).toMatch(/^Basic /)
})

test('replaces a session of several cookies by one, although the browser withholds the old ones', async () => {
  const { browser, provider } = await testBff()
  provider.idTokenClaims = { picture: `https://example.com/${'x'.repeat(5000)}` }
  await browser.navigate('/auth/login')
  const large = [...browser.cookies().keys()]
  provider.idTokenClaims = {}

  await browser.navigate('/auth/login')
  const session = await browser.fetch('/auth/session')

  expect(large.length).toBeGreaterThan(1)
  expect([...browser.cookies().keys()]).toEqual(['__Host-Http-strongroom'])
  expect(await session.json()).toMatchObject({ authenticated: true })
})

test('refuses a session that no browser could carry, and says so', async () => {
  const { browser, provider, eventsNamed } = await testBff()
  provider.idTokenClaims = { picture: `https://example.com/${'x'.repeat(12_000)}` }

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(400)
  expect(browser.cookies().size).toBe(0)
  expect(eventsNamed('sign-in-failed')).toMatchObject([{ kind: 'session-too-large' }])
})
