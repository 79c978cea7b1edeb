import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { head, rawHttp, type RawAnswer } from '../testing/raw-http.ts'
import { servedBff, type ServedBff } from '../testing/served-bff.ts'
import { testBff } from '../testing/test-bff.ts'

const closing: (() => void)[] = []
let bff: ServedBff

/** An API that says what it should not, so that it is seen who has the last word. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-spa-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'assets', 'app-abc123.js'), 'export {}')
  closing.push(() => rmSync(folder, { recursive: true }))
  bff = await servedBff(
    ({ url }, response) => {
      if (url === '/v1/broken') return response.destroy()
      if (url === '/v1/silent') return null
      response.setHeader('Server', 'nginx/1.2.3')
      response.setHeader('X-Powered-By', 'PHP/5.3')
      response.setHeader('Content-Security-Policy', "default-src * 'unsafe-inline'")
      return response.writeHead(url === '/v1/teapot' ? 418 : 200).end('{}')
    },
    {
      bff: { spaDir: folder, rateLimitPerMinute: 30 },
      upstream: { timeoutSeconds: 0.2 },
      onOver: (close) => closing.push(close),
    },
  )
})

afterAll(() => closing.forEach((close) => close()))

const host = 'Host: app.example.com'
const navigation = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Accept: text/html']
const ownForm = [
  'Content-Type: application/x-www-form-urlencoded',
  'Sec-Fetch-Site: same-origin',
  'Content-Length: 0',
]
const script = ['X-CSRF: 1', 'Sec-Fetch-Mode: cors', 'Accept: application/json']

interface Case {
  readonly name: string
  readonly line: string
  readonly lines?: readonly string[]
  readonly status: number
  /** Who asks: nobody in particular, or the one who is signed in. */
  readonly as?: 'user'
  readonly code?: string
}

const cases: readonly Case[] = [
  { name: 'liveness', line: 'GET /healthz', status: 200 },
  { name: 'readiness', line: 'GET /readyz', status: 200 },
  { name: 'the page', line: 'GET /', lines: navigation, status: 200 },
  { name: 'the page for a deep link', line: 'GET /notes/7', lines: navigation, status: 200 },
  { name: 'the head of the page', line: 'HEAD /', status: 200 },
  { name: 'an asset', line: 'GET /assets/app-abc123.js', status: 200 },
  { name: 'a missing asset', line: 'GET /assets/old.js', status: 404, code: 'not_found' },
  { name: 'a post to the page', line: 'POST /', status: 405, code: 'method_not_allowed' },
  { name: 'the session of nobody', line: 'GET /auth/session', lines: script, status: 200 },
  { name: 'the session', line: 'GET /auth/session', lines: script, status: 200, as: 'user' },
  { name: 'the sessions', line: 'GET /auth/sessions', lines: script, status: 200, as: 'user' },
  {
    name: 'a session nobody has',
    line: 'DELETE /auth/sessions/x',
    lines: script,
    status: 404,
    as: 'user',
    code: 'not_found',
  },
  { name: 'no header of the page', line: 'GET /auth/session', status: 403, code: 'csrf' },
  {
    name: 'a wrong method',
    line: 'PUT /auth/session',
    lines: script,
    status: 405,
    code: 'method_not_allowed',
  },
  { name: 'a path under /auth', line: 'GET /auth/nothing', status: 404, code: 'not_found' },
  { name: 'the start of a sign-in', line: 'GET /auth/login', lines: navigation, status: 303 },
  {
    name: 'a sign-in by script',
    line: 'GET /auth/login',
    lines: script,
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'a callback nobody waits for',
    line: 'GET /auth/callback?code=x&state=y',
    lines: navigation,
    status: 400,
  },
  {
    name: 'a callback with an error',
    line: 'GET /auth/callback?error=access_denied&state=y',
    lines: navigation,
    status: 400,
  },
  {
    name: 'a sign-out of nobody by form',
    line: 'POST /auth/logout',
    lines: [...navigation, ...ownForm],
    status: 303,
  },
  { name: 'a sign-out of nobody by script', line: 'POST /auth/logout', lines: script, status: 200 },
  {
    name: 'a body too large',
    line: 'POST /auth/logout',
    lines: ['Content-Length: 99999'],
    status: 413,
    code: 'too_large',
  },
  { name: 'a call', line: 'GET /api/notes', lines: script, status: 200, as: 'user' },
  {
    name: 'a call of nobody',
    line: 'GET /api/notes',
    lines: script,
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'a call without the header',
    line: 'GET /api/notes',
    status: 403,
    as: 'user',
    code: 'csrf',
  },
  {
    name: 'a call to a path in disguise',
    line: 'GET /api/..%2fx',
    lines: script,
    status: 400,
    as: 'user',
    code: 'bad_request',
  },
  {
    name: 'a call by a wrong method',
    line: 'TRACE /api/notes',
    lines: script,
    status: 405,
    as: 'user',
    code: 'method_not_allowed',
  },
  { name: 'an error of the API', line: 'GET /api/teapot', lines: script, status: 418, as: 'user' },
  {
    name: 'an API that breaks off',
    line: 'GET /api/broken',
    lines: script,
    status: 502,
    as: 'user',
    code: 'upstream_unreachable',
  },
  {
    name: 'an API that is silent',
    line: 'GET /api/silent',
    lines: script,
    status: 504,
    as: 'user',
    code: 'upstream_timeout',
  },
  { name: 'a head that can’t be read', line: 'GET / x', status: 400, code: 'bad_request' },
  { name: 'two hosts', line: 'GET /', lines: ['Host: b'], status: 400, code: 'bad_request' },
  {
    name: 'a head too large',
    line: 'GET /',
    lines: [`X-A: ${'a'.repeat(40_000)}`],
    status: 431,
    code: 'too_large',
  },
  { name: 'an expectation', line: 'GET /', lines: ['Expect: x'], status: 417, code: 'bad_request' },
  { name: 'CONNECT', line: 'CONNECT evil.example:443', status: 405, code: 'method_not_allowed' },
]

function ask({ line, lines = [], as }: Omit<Case, 'name' | 'status'>): Promise<RawAnswer> {
  const cookie = as === 'user' ? [`Cookie: ${bff.headers.Cookie}`] : []
  return rawHttp(bff.port, head(`${line} HTTP/1.1`, host, 'Connection: close', ...cookie, ...lines))
}

/** What must be said with every answer, whoever made it. */
function expectGuarded(headers: Readonly<Record<string, string>>): void {
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringContaining("default-src 'none'") as string,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': expect.stringMatching(/^(same-origin|no-referrer)$/) as string,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000',
  })
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/)
  expect(headers).not.toHaveProperty('server')
  expect(headers).not.toHaveProperty('x-powered-by')
  expect(headers).not.toHaveProperty('access-control-allow-origin')
}

function codeOf({ headers, body }: Pick<RawAnswer, 'headers' | 'body'>): string | undefined {
  if (headers['content-type'] !== 'application/problem+json') return undefined
  return (JSON.parse(body) as { readonly code: string }).code
}

/** Said to one user at one moment; the page and its assets hold nothing of anybody's. */
function mayBeKept({ line, status }: Pick<Case, 'line' | 'status'>): boolean {
  return status === 200 && !/ \/(auth|api)/.test(line)
}

test.for(cases)('$name bears every header that guards it ($status)', async (given) => {
  const { status, headers, body } = await ask(given)

  expect(status).toBe(given.status)
  expect(codeOf({ headers, body })).toBe(given.code)
  expectGuarded(headers)
  expect(mayBeKept(given) || headers['cache-control'] === 'no-store').toBe(true)
})

test('the page is revalidated each time, its assets are kept', async () => {
  const page = await ask({ line: 'GET /' })
  const asset = await ask({ line: 'GET /assets/app-abc123.js' })
  const again = await ask({ line: 'GET /', lines: [`If-None-Match: ${page.headers['etag']}`] })

  expect(page.headers['cache-control']).toBe('no-cache')
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect([again.status, again.headers['cache-control']]).toEqual([304, 'no-cache'])
  expectGuarded(again.headers)
})

test('the session is not kept though it can be revalidated', async () => {
  const session = { line: 'GET /auth/session', lines: script, as: 'user' } as const
  const { headers } = await ask(session)
  const again = await ask({ ...session, lines: [...script, `If-None-Match: ${headers['etag']}`] })

  expect([again.status, again.headers['cache-control']]).toEqual([304, 'no-store'])
  expectGuarded(again.headers)
})

test('a sign-in bears them from the link to the page behind it, and goes on by 303 alone', async () => {
  const { browser } = bff.world

  const start = await browser.navigate('/auth/login', { until: /^https:\/\/id\.example\.net/ })
  const callback = await browser.navigate('/auth/login', {
    until: /^https:\/\/app\.example\.com\/$/,
  })
  const { response: page } = await browser.navigate('/')

  for (const { status, headers } of [start.response, callback.response]) {
    expect(status).toBe(303)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expectGuarded(Object.fromEntries(headers))
  }
  // It is the same for everybody: who is signed in is what it asks afterwards.
  expect(page.headers.get('Cache-Control')).toBe('no-cache')
  expect(page.headers.has('Set-Cookie')).toBe(false)
  expectGuarded(Object.fromEntries(page.headers))
})

test('a sign-out by form bears them, goes on by 303, and takes the cookie away', async () => {
  const { world } = bff
  await world.browser.navigate('/auth/login')

  const answer = await world.browser.fetch('/auth/logout', {
    method: 'POST',
    body: new URLSearchParams(),
    headers: { 'X-CSRF': '', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  })

  expect(answer.status).toBe(303)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(answer.headers.getSetCookie().join()).toMatch(/strongroom=;[^,]*Max-Age=0/)
  expectGuarded(Object.fromEntries(answer.headers))
})

test('a 429 bears them, the page and the problem', async () => {
  const login = { line: 'GET /auth/login', lines: navigation }
  const logout = { line: 'POST /auth/logout', lines: script }
  for (let n = 0; n < 30; n += 1) {
    await ask(login)
    await ask(logout)
  }

  for (const given of [login, logout]) {
    const { status, headers } = await ask(given)
    expect(status).toBe(429)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'retry-after': expect.any(String) as string,
    })
    expectGuarded(headers)
  }
})

test('the page that says that the provider can’t be reached bears them', async () => {
  const { browser, internet } = await testBff()
  internet.unplug('https://id.example.net')

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(503)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expectGuarded(Object.fromEntries(response.headers))
})

test('a surprise bears them too', async () => {
  const { bff, browser } = await testBff()
  bff.app.get('/boom', () => {
    throw new Error('a surprise')
  })

  const { status, headers } = await browser.fetch('/boom')

  expect([status, headers.get('Cache-Control')]).toEqual([500, 'no-store'])
  expectGuarded(Object.fromEntries(headers))
})

test('HSTS is for https alone: on plain http a browser must be let back', async () => {
  const { bff } = await testBff({ publicUrl: 'http://localhost:3000' })

  const { headers } = await bff.app.request('http://localhost:3000/healthz')

  expect(headers.has('Strict-Transport-Security')).toBe(false)
})
