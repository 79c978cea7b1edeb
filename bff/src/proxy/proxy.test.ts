import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { apiUrl, issuer, signedInTestBff, testBff } from '../testing/test-bff.ts'

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
      'X-Real-IP': '1.2.3.4',
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
  for (const name of ['Set-Cookie', 'Clear-Site-Data', 'Access-Control-Allow-Origin', 'X-Hop']) {
    expect(answer.headers.get(name), name).toBeNull()
  }
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
  expect(browser.setCookies.length).toBe(before + 1)
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

// From here on over real sockets: the request target as it came, and bodies that stream.

interface Exchange {
  readonly status: number
  readonly body: string
}

async function overSockets(handler: Parameters<typeof createServer>[1]) {
  const upstream = createServer(handler)
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const upstreamPort = (upstream.address() as AddressInfo).port
  const world = await signedInTestBff({
    upstreams: [
      { prefix: '/api', target: `http://127.0.0.1:${upstreamPort}/v1`, token: 'required' },
    ],
    fetch: (input, init) =>
      new URL(input instanceof Request ? input.url : input).origin === issuer
        ? provider.fetch(new Request(input, init))
        : fetch(input, init),
  })
  const provider = { fetch: async (request: Request) => world.provider.app.fetch(request) }
  await world.browser.navigate('/auth/login')
  const server = serve({
    fetch: world.bff.app.fetch,
    port: 0,
    hostname: '127.0.0.1',
    overrideGlobalObjects: false,
  })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.close()
    upstream.closeAllConnections()
    upstream.close()
  })
  const { port } = server.address() as AddressInfo
  const cookie = [...world.browser.cookies()]
    .map(([name, { value }]) => `${name}=${value}`)
    .join('; ')
  const headers = { Cookie: cookie, 'X-CSRF': '1' }
  const raw = (path: string): Promise<Exchange> =>
    new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
        .on('error', reject)
        .end()
    })
  return { raw, headers, origin: `http://127.0.0.1:${port}` }
}

const tricks: readonly [string, string][] = [
  ['/api/../admin', '404'],
  ['/api/%2e%2e/admin', '404'],
  ['/api/..%2fadmin', '400'],
  ['/api/%252e%252e/admin', '400'],
  ['/api/..;/admin', '400'],
  ['/api/a\\..\\admin', '400'],
  ['/api/%5c..%5cadmin', '400'],
  ['/api/x%00', '400'],
  ['/x/../api/notes', '400'],
  ['/%61pi/notes', '404'],
  ['/api/%zz', '400'],
  ['/api/a%2Fb', '/v1/a%2Fb'],
  ['/api//evil.example/x', '/v1//evil.example/x'],
  ['/api/a.b/..c', '/v1/a.b/..c'],
  ['/api/n?next=../x', '/v1/n?next=../x'],
]

test('no path leaves the target, and honest ones arrive byte for byte', async () => {
  const { raw } = await overSockets((request, response) => response.end(request.url))

  const outcomes = await Promise.all(
    tricks.map(async ([path]) => {
      const { status, body } = await raw(path)
      return [path, status === 200 ? body : String(status)]
    }),
  )

  expect(outcomes).toEqual(tricks)
})

test('a target in absolute form goes nowhere', async () => {
  const { raw } = await overSockets((request, response) => response.end(request.url))

  const { status } = await raw('http://evil.example/api/notes')

  expect(status).toBeGreaterThanOrEqual(400)
})

test('server-sent events arrive as they are sent', async () => {
  const next = Promise.withResolvers<void>()
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: one\n\n')
    void next.promise.then(() => response.end('data: two\n\n'))
  })

  const answer = await fetch(`${origin}/api/events`, { headers })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  next.resolve()
  const second = await reader?.read()

  expect([first?.value, second?.value]).toEqual(['data: one\n\n', 'data: two\n\n'])
})

test('a browser that leaves ends the call to the API', async () => {
  const left = Promise.withResolvers<void>()
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: one\n\n')
    response.on('close', () => left.resolve())
  })
  const leaving = new AbortController()
  const answer = await fetch(`${origin}/api/events`, { headers, signal: leaving.signal })
  await answer.body?.getReader().read()

  leaving.abort()

  await expect(left.promise).resolves.toBeUndefined()
})

test('an answer that breaks off at the API is seen to be broken', async () => {
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' })
    response.write('half')
    setImmediate(() => response.destroy())
  })

  const answer = fetch(`${origin}/api/notes`, { headers }).then((response) => response.text())

  await expect(answer).rejects.toThrow(/terminated|fetch failed/)
})

test('a large body goes up whole', async () => {
  const { headers, origin } = await overSockets((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
    request.on('end', () => response.end(`${bytes} ${request.headers['content-length']}`))
  })

  const answer = await fetch(`${origin}/api/upload`, {
    method: 'POST',
    headers,
    body: new Uint8Array(20_000_000),
  })

  expect(await answer.text()).toBe('20000000 20000000')
})

test('a compressed answer arrives readable', async () => {
  const { headers, origin } = await overSockets((request, response) => {
    response.end(request.headers['accept-encoding'])
  })

  const answer = await fetch(`${origin}/api/notes`, { headers })

  expect(await answer.text()).toBe('identity')
})
