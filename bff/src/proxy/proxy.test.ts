import { expect, test } from 'vitest'
import { apiUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

test('replaces the prefix by the target and attaches the access token', async () => {
  const { browser, apiCalls, provider } = await signedInTestBff()

  const answer = await browser.fetch('/api/notes?x=1&y=%20z', { method: 'POST', body: 'hello' })

  const [call] = apiCalls
  expect(answer.status).toBe(200)
  expect(call?.url).toBe(`${apiUrl}/v1/notes?x=1&y=%20z`)
  expect(call?.method).toBe('POST')
  expect(await call?.text()).toBe('hello')
  expect(call?.headers.get('Authorization')).toBe(
    `Bearer ${provider.issued.find((token) => token.startsWith('access-'))}`,
  )
})

test('keeps what is between browser and server from the API', async () => {
  const { browser, apiCalls } = await signedInTestBff()

  await browser.fetch('/api/notes', {
    headers: {
      Authorization: 'Bearer of-my-own',
      'Proxy-Authorization': 'Basic x',
      Forwarded: 'for=1.2.3.4',
      'X-Forwarded-For': '1.2.3.4',
      'X-Forwarded-Host': 'evil.example',
      X_Forwarded_User: 'admin',
      'X-Forwarded': '1.2.3.4',
      'X-Real-IP': '1.2.3.4',
      'X-Client-IP': '1.2.3.4',
      'X-Cluster-Client-IP': '1.2.3.4',
      'True-Client-IP': '1.2.3.4',
      'CF-Connecting-IP': '1.2.3.4',
      Proxy: 'http://evil.example',
      'X-Original-URL': '/admin',
      'X-Rewrite-URL': '/admin',
      'X-HTTP-Method': 'DELETE',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Method-Override': 'DELETE',
      'HTTP2-Settings': 'AAMAAABkAAQAAP__',
      Connection: 'keep-alive, x-internal',
      'X-Internal': 'yes',
      Accept: 'application/json',
      'X-Custom': 'kept',
    },
  })

  const headers = Object.fromEntries(apiCalls[0]?.headers ?? [])
  expect(headers).toMatchObject({
    accept: 'application/json',
    'x-custom': 'kept',
    'x-forwarded-host': 'app.example.com',
    'x-forwarded-proto': 'https',
    'x-request-id': expect.stringMatching(/^[\w-]{36}$/) as string,
  })
  expect(headers['authorization']).not.toContain('of-my-own')
  expect(Object.keys(headers).toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'authorization',
    'traceparent',
    'x-custom',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-request-id',
  ])
})

test('keeps what an API may not say in our name from the browser', async () => {
  const world = await signedInTestBff()
  world.api = () =>
    new Response('{}', {
      status: 201,
      headers: {
        'Set-Cookie': '__Host-Http-strongroom=stolen; Path=/; Secure',
        'Clear-Site-Data': '"*"',
        'Strict-Transport-Security': 'max-age=1',
        'Access-Control-Allow-Origin': '*',
        'Service-Worker-Allowed': '/',
        'Permissions-Policy': 'camera=*',
        'Public-Key-Pins': 'max-age=1',
        NEL: '{"report_to":"elsewhere","max_age":1}',
        Connection: 'x-hop',
        'X-Hop': '1',
        ETag: '"1"',
        'X-Custom': 'kept',
      },
    })

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(201)
  expect(answer.headers.get('ETag')).toBe('"1"')
  expect(answer.headers.get('X-Custom')).toBe('kept')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(answer.headers.get('Strict-Transport-Security')).not.toBe('max-age=1')
  for (const name of [
    'Set-Cookie',
    'Clear-Site-Data',
    'Access-Control-Allow-Origin',
    'Service-Worker-Allowed',
    'Permissions-Policy',
    'Public-Key-Pins',
    'NEL',
    'X-Hop',
  ]) {
    expect(answer.headers.get(name), name).toBeNull()
  }
})

test('our security headers and our id of the request stand, whatever the API says', async () => {
  const world = await signedInTestBff()
  world.api = () =>
    new Response('{}', {
      headers: {
        'Content-Security-Policy': "script-src * 'unsafe-inline'",
        'Content-Security-Policy-Report-Only': "script-src 'self'; report-uri //evil.example",
        'X-Frame-Options': 'ALLOWALL',
        'X-Content-Type-Options': 'none',
        'Referrer-Policy': 'unsafe-url',
        'Cross-Origin-Opener-Policy': 'unsafe-none',
        'Cross-Origin-Resource-Policy': 'cross-origin',
        'Cross-Origin-Embedder-Policy': 'unsafe-none',
        'Origin-Agent-Cluster': '?0',
        'X-Request-Id': 'of-the-api',
      },
    })

  const answer = await world.browser.fetch('/api/notes')

  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-security-policy': expect.stringMatching(/^default-src 'none'; base-uri 'none';/),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'x-request-id': world.apiCalls[0]?.headers.get('X-Request-Id'),
  })
  expect(answer.headers.get('Content-Security-Policy-Report-Only')).toBeNull()
  expect(answer.headers.get('Cross-Origin-Embedder-Policy')).toBeNull()
})

test('a compression that fetch has undone is not named any more', async () => {
  const world = await signedInTestBff()
  world.api = () =>
    new Response('hello', { headers: { 'Content-Encoding': 'gzip', 'Content-Length': '25' } })

  const answer = await world.browser.fetch('/api/notes', {
    headers: { 'Accept-Encoding': 'gzip' },
  })

  expect(world.apiCalls[0]?.headers.get('Accept-Encoding')).toBe('identity')
  expect(answer.headers.get('Content-Encoding')).toBeNull()
  expect(answer.headers.get('Content-Length')).toBeNull()
  expect(await answer.text()).toBe('hello')
})

test('a browser that leaves before the answer is no failure of the API', async () => {
  const world = await signedInTestBff()
  const leaving = new AbortController()
  world.api = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
      leaving.abort()
    })

  await world.browser.fetch('/api/notes', { signal: leaving.signal })

  expect(world.eventsNamed('client-left')).toHaveLength(1)
  expect(world.eventsNamed('call-failed')).toHaveLength(0)
})

test('passes on what the API answers untouched, its own 401 and problems included', async () => {
  const world = await signedInTestBff()
  const problem = JSON.stringify({ title: 'Mine', status: 403 })
  world.api = () =>
    new Response(problem, { status: 403, headers: { 'Content-Type': 'application/problem+json' } })

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(403)
  expect(await answer.text()).toBe(problem)
})

test('passes redirects on and never follows them with the token', async () => {
  const world = await signedInTestBff()
  world.api = () =>
    new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } })

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(302)
  expect(answer.headers.get('Location')).toBe('https://evil.example/')
  expect(world.apiCalls).toHaveLength(1)
})

test('answers 401 with a problem, never with a redirect, when nobody is signed in', async () => {
  const { browser, apiCalls } = await testBff()

  const answer = await browser.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ code: 'unauthenticated', login: '/auth/login' })
  expect(apiCalls).toHaveLength(0)
})

test('says that the API can’t be reached, and keeps the session', async () => {
  const { browser, internet } = await signedInTestBff()
  internet.unplug(apiUrl)

  const answer = await browser.fetch('/api/notes')
  const session = await browser.fetch('/auth/session')

  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({ code: 'upstream_unreachable' })
  expect(await session.json()).toMatchObject({ authenticated: true })
})

test('gives up on an API whose answer does not begin', async () => {
  const world = await signedInTestBff({
    upstreams: [{ prefix: '/api', target: apiUrl, timeoutSeconds: 0.02 }],
  })
  world.api = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
    })

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(504)
  expect(await answer.json()).toMatchObject({ code: 'upstream_timeout' })
})

test('refuses methods that the table does not name, and paths that no row names', async () => {
  const { browser, apiCalls } = await signedInTestBff({
    upstreams: [{ prefix: '/api', target: apiUrl, methods: ['GET'] }],
  })

  const post = await browser.fetch('/api/notes', { method: 'POST' })
  const elsewhere = await browser.fetch('/apis/notes')

  expect(post.status).toBe(405)
  expect(post.headers.get('Allow')).toContain('GET')
  expect(elsewhere.status).toBe(404)
  expect(apiCalls).toHaveLength(0)
})

test('chooses the longest prefix, and calls without a token where none is wanted', async () => {
  const { browser, apiCalls } = await signedInTestBff({
    upstreams: [
      { prefix: '/api', target: `${apiUrl}/private` },
      { prefix: '/api/public', target: `${apiUrl}/open`, token: 'none' },
      { prefix: '/api/maybe', target: `${apiUrl}/maybe`, token: 'if-signed-in' },
    ],
  })

  await browser.fetch('/api/public/news')
  await browser.with(new Map()).fetch('/api/maybe/news')
  await browser.fetch('/api/maybe/news')

  expect(apiCalls.map(({ url, headers }) => [url, headers.has('Authorization')])).toEqual([
    [`${apiUrl}/open/news`, false],
    [`${apiUrl}/maybe/news`, false],
    [`${apiUrl}/maybe/news`, true],
  ])
})

test('touches the cookie when a tenth of the idle time has gone by, and not before', async () => {
  const { browser, clock } = await signedInTestBff({ accessTokenSeconds: 3600 })
  const before = browser.setCookies.length
  clock.advance(179)
  await browser.fetch('/api/notes')
  const early = browser.setCookies.length
  clock.advance(1)

  const answer = await browser.fetch('/api/notes')

  expect(early).toBe(before)
  expect(cookiesWithContent(browser.setCookies.slice(before))).toHaveLength(1)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
})

test('an idle session ends, and background calls do not keep it alive', async () => {
  const { browser, clock } = await signedInTestBff({ accessTokenSeconds: 3600 })
  const background = { headers: { 'X-Background': '1' } }

  for (const _ of [1, 2, 3]) {
    clock.advance(500)
    await browser.fetch('/api/notes', background)
  }
  clock.advance(301)
  const answer = await browser.fetch('/api/notes', background)

  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'session_ended' })
})

test('a session ends at its absolute end however busy it is', async () => {
  const { browser, clock } = await signedInTestBff({
    session: {
      secrets: ['correct horse battery staple and then some'],
      idleSeconds: 1800,
      maxSeconds: 3600,
    },
  })

  const statuses: number[] = []
  for (const _ of [1, 2, 3, 4]) {
    clock.advance(900)
    statuses.push((await browser.fetch('/api/notes')).status)
  }

  expect(statuses).toEqual([200, 200, 200, 401])
})

/** Without those that expire the pieces which a write does not set. */
function cookiesWithContent(setCookies: readonly string[]): readonly string[] {
  return setCookies.filter((line) => !line.includes('Max-Age=0'))
}

test('a method that the longest row does not name is 405, and goes to no shorter one', async () => {
  const { browser, apiCalls } = await signedInTestBff({
    upstreams: [
      { prefix: '/api', target: `${apiUrl}/v1` },
      { prefix: '/api/files', target: `${apiUrl}/files`, methods: ['GET'] },
    ],
  })

  const refused = await browser.fetch('/api/files/x', { method: 'DELETE' })
  const passed = await browser.fetch('/api/files/x')

  expect(refused.status).toBe(405)
  expect(refused.headers.get('Allow')).toBe('GET')
  expect(passed.status).toBe(200)
  expect(apiCalls.map(({ method }) => method)).toEqual(['GET'])
})
