import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { issuer, publicUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

const guarded: readonly [string, string][] = [
  ['GET', '/auth/session'],
  ['POST', '/auth/logout'],
  ['GET', '/api/notes'],
  ['POST', '/api/notes'],
]

test.for(guarded)(
  '%s %s needs the header that only our own page can send',
  async ([method, path]) => {
    const { browser, apiCalls } = await signedInTestBff()

    const answer = await browser.fetch(path, { method, headers: { 'X-CSRF': '' } })

    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'csrf', status: 403 })
    expect(apiCalls).toHaveLength(0)
  },
)

const foreign: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: 'https://app.example.com.evil.example' },
]

test.for(foreign)('hears the browser as a second opinion: %o', async (headers) => {
  const { browser } = await signedInTestBff()

  const answer = await browser.fetch('/api/notes', { headers })

  expect(answer.status).toBe(403)
})

test('every answer carries the security headers', async () => {
  const { browser } = await testBff()

  for (const path of ['/healthz', '/auth/session', '/api/notes', '/nothing']) {
    const { headers } = await browser.fetch(path)
    expect(Object.fromEntries(headers), path).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self';/,
      ) as string,
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
  }
})

test('a path under /auth that is none of ours is 404, a wrong method 405', async () => {
  const { browser } = await testBff()

  const unknown = await browser.fetch('/auth/nothing')
  const wrong = await browser.fetch('/auth/logout')

  expect(await unknown.json()).toMatchObject({ code: 'not_found' })
  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('Allow')).toBe('POST')
  expect(await wrong.json()).toMatchObject({ code: 'method_not_allowed' })
})

test('a surprise is a 500 that tells nothing, and a line in the log', async () => {
  const { bff, browser, eventsNamed } = await testBff()
  bff.app.get('/boom', () => {
    throw new Error('the secret is 42')
  })

  const answer = await browser.fetch('/boom')
  const text = await answer.text()

  expect(answer.status).toBe(500)
  expect(text).toContain('"code":"internal"')
  expect(text).not.toContain('the secret')
  expect(eventsNamed('unexpected-error')).toHaveLength(1)
})

test('is alive and ready while the provider is down', async () => {
  const { browser, internet } = await testBff()
  internet.unplug(issuer)

  const alive = await browser.fetch('/healthz')
  const ready = await browser.fetch('/readyz')

  expect([alive.status, ready.status]).toEqual([200, 200])
  expect(await ready.text()).toBe(
    'store: ok\nprovider: unreachable (nobody can sign in; sessions go on)\n',
  )
})

function builtApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-spa-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>App</title>')
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {}')
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>')
  return folder
}

test('serves the page for every deep link, anew each time, and its assets for ever', async () => {
  const { browser } = await testBff({ spaDir: builtApp() })

  const home = await browser.navigate('/')
  const deep = await browser.navigate('/notes/7')
  const asset = await browser.fetch('/assets/index-abc123.js')
  const again = await browser.navigate('/', {
    headers: { 'If-None-Match': home.response.headers.get('ETag') ?? '' },
  })

  expect(await home.response.text()).toContain('<title>App</title>')
  expect(await deep.response.text()).toContain('<title>App</title>')
  expect(home.response.headers.get('Cache-Control')).toBe('no-cache')
  expect(asset.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
  expect(asset.headers.get('Content-Type')).toMatch(/javascript/)
  expect(again.response.status).toBe(304)
})

test('a file goes out in the smallest form that lies beside it and that the browser takes', async () => {
  const folder = builtApp()
  for (const extension of ['br', 'gz'])
    writeFileSync(join(folder, 'assets', `index-abc123.js.${extension}`), extension)
  const { browser } = await testBff({ spaDir: folder })
  const ask = (encodings: string) =>
    browser.fetch('/assets/index-abc123.js', { headers: { 'Accept-Encoding': encodings } })

  const answers = await Promise.all(['gzip, deflate, br, zstd', 'gzip', 'identity'].map(ask))

  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
    'br',
    'gz',
    'export {}',
  ])
  expect(answers.map(({ headers }) => headers.get('Content-Encoding'))).toEqual([
    'br',
    'gzip',
    null,
  ])
  expect(answers.map(({ headers }) => headers.get('Vary'))).toEqual([
    'Accept-Encoding',
    'Accept-Encoding',
    'Accept-Encoding',
  ])
  expect(answers.map(({ headers }) => headers.get('Content-Type'))).toEqual(
    answers.map(() => expect.stringMatching(/javascript/)),
  )
})

test('a missing file is 404, never the page', async () => {
  const { browser } = await testBff({ spaDir: builtApp() })

  const paths = ['/assets/index-old.js', '/robots.txt', '/auth/x', '/api', '/.env']
  const statuses = await Promise.all(
    paths.map(async (path) => (await browser.navigate(path)).response.status),
  )

  expect(statuses).toEqual([404, 404, 404, 403, 404])
})

test('the page is for navigations: a script that asks for a missing path hears that it is missing', async () => {
  const { browser } = await testBff({ spaDir: builtApp() })

  const answer = await browser.fetch('/nothing', { headers: { Accept: 'application/json' } })

  expect(answer.status).toBe(404)
})

test('lets a form of ours go on to the provider, which browsers would else hold against the policy', async () => {
  const { browser } = await testBff()

  const { headers } = await browser.fetch(`${publicUrl}/healthz`)

  expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${issuer}`)
})

test('a missing asset is never kept, nor the page in its place', async () => {
  const { browser } = await testBff({ spaDir: builtApp() })

  const { response } = await browser.navigate('/assets/old')

  expect(response.status).toBe(404)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
})

test('is ready within a second or so behind a provider that accepts and stays silent', async () => {
  const { browser, internet } = await testBff()
  internet.host(issuer, () => new Promise(() => {}))

  const ready = await browser.fetch('/readyz')

  expect(await ready.text()).toContain('provider: unreachable')
})

test('says that a provider in trouble is unreachable, though what was known of it serves on', async () => {
  const { browser, clock, internet, provider } = await signedInTestBff()
  const told = async () => (await browser.fetch('/readyz')).text()
  internet.host(issuer, () => new Response(null, { status: 500 }))
  const known = await told()
  clock.advance(3601)
  await told()

  await expect.poll(told).toContain('provider: unreachable')
  const signIn = await browser.navigate('/auth/login', { until: /authorize/ })
  internet.host(issuer, (request) => provider.app.fetch(request))
  clock.advance(10)

  expect(known).toContain('provider: ok')
  expect(signIn.url.origin).toBe(issuer)
  await expect.poll(told).toContain('provider: ok')
})
