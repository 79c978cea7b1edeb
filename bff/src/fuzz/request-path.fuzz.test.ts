import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { targetUrl } from '../proxy/target-url.ts'
import { apiUrl, signedInTestBff } from '../testing/test-bff.ts'
import { mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const upstream = { prefix: '/api', target: new URL('https://api.example.org/v1') } as const

const tricks: readonly string[] = [
  '/api/../admin',
  '/api/%2e%2e/admin',
  '/api/..%2fadmin',
  '/api/%2e%2e%2fadmin',
  '/api/%252e%252e%252fadmin',
  '/api/..\\admin',
  '/api/..%5cadmin',
  '/api/..;/admin',
  '/api/..;x=1/admin',
  '/api/.;/../admin',
  '/api/%c0%ae%c0%ae/admin',
  '/api/%u002e%u002e/admin',
  '/api/..%23x',
  '/api/..%3fx',
  '/api/.. ',
  '/api/%2e. ',
  '/api/..%20',
  '/api//evil.example/x',
  '/api/\\evil.example',
  '/api@evil.example/',
  '/api:80/',
  '/api/@evil.example',
  '/api/%2f%2fevil.example',
  '/api/x%00/../admin',
  '/api/x%0d%0aHost:%20evil.example',
  '/api/x#/../admin',
  '/api/notes?x=/../../admin',
  '/api/notes;jsessionid=1/../x',
  '/%61pi/notes',
  '/API/notes',
  '//evil.example/api/notes',
  'https://evil.example/api/notes',
  '*',
  '/auth/../api/notes',
  '/auth/%73ession',
]

const anyTarget = fc.oneof(
  mutated(tricks),
  oddText.map((text) => `/api/${text}`),
  oddText.map((text) => `/api${text}`),
)

test('whatever path is asked for, the API is asked for nothing outside of its own', async () => {
  await hold(
    anyTarget,
    (rawTarget) => {
      const url = targetUrl(upstream)(rawTarget)

      if (!url.ok) return
      expect(url.value.origin).toBe(upstream.target.origin)
      const [path = ''] = url.value.path.split('?')
      expect(climbs(path), path).toBe(false)
      const { pathname } = new URL(url.value.origin + url.value.path)
      expect(climbs(pathname), pathname).toBe(false)
    },
    { runs: 3000, examples: tricks },
  )
})

test('whatever path is asked for, no row takes what an API reads as the path of another', async () => {
  const goldTricks = [
    '/api//gold/x',
    '/api/gold%2Fx',
    '/api/%2Fgold/x',
    '/api/gold;x=1/x',
    '/api/gold%5Cx',
    '/api/%67old%252Fx',
    '/api/;/GOLD',
    '/api/gold./x',
    '/api/gold%2Ejson',
  ]
  const toUrl = targetUrl(upstream, ['/api/gold'])
  await hold(
    fc.oneof(mutated(goldTricks), anyTarget),
    (rawTarget) => {
      const url = toUrl(rawTarget)

      if (!url.ok) return
      for (const read of readings(url.value.path.split('?')[0] ?? ''))
        expect(read, rawTarget).not.toMatch(/^\/v1\/gold(?:[/.]|$)/)
    },
    { runs: 3000, examples: goldTricks },
  )
})

test('a path is refused or served, and never breaks anything', async () => {
  const { browser, bff, apiCalls } = await signedInTestBff()
  const cookies = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`).join('; ')
  await hold(
    fc.tuple(fc.oneof(anyTarget, mutated(ourPaths)), methods),
    async ([rawTarget, method]) => {
      const url = URL.parse(rawTarget, 'https://app.example.com')
      fc.pre(url?.origin === 'https://app.example.com')
      apiCalls.length = 0
      const headers = { Cookie: cookies, 'X-CSRF': '1' }

      const response = await bff.app.fetch(new Request(url, { method, headers }))

      expect(response.status, `${method} ${url.pathname}`).toBeLessThan(500)
      for (const call of apiCalls) expect(call.url.startsWith(`${apiUrl}/v1`), call.url).toBe(true)
    },
    { runs: 400 },
  )
})

test('without the guard: to join the path to the base and let the URL fold it leaves the base', () => {
  const escaped = tricks.filter((trick) =>
    climbs(new URL(`https://api.example.org/v1${trick.slice('/api'.length)}`).pathname),
  )

  expect(escaped).toContain('/api/../admin')
  expect(escaped).toContain('/api/%2e%2e%2fadmin')
  for (const trick of escaped) expect(targetUrl(upstream)(trick).ok, trick).toBe(false)
})

/** No DELETE or logout: the session is to last. */
const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'OPTIONS')

const ourPaths = [
  '/auth/session',
  '/auth/sessions',
  '/auth/login',
  '/auth/callback',
  '/healthz',
  '/',
]

/** Whether a path leaves `/v1`, now or when servers behind decode it once more, and again. */
function climbs(path: string): boolean {
  let layer = path
  for (let depth = 0; depth < 8; depth += 1) {
    if (!staysBelowBase(layer)) return true
    layer = layer.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
  return false
}

/** How routers read a path that fold case, drop parameters, formats and empty segments, and decode it once more than they should. */
function readings(path: string): readonly string[] {
  const layers = [path]
  for (let depth = 0; depth < 8; depth += 1) {
    const layer = layers.at(-1) ?? ''
    layers.push(
      layer.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    )
  }
  return layers.map((layer) =>
    layer
      .toLowerCase()
      .replaceAll('\\', '/')
      .replace(/;[^/]*/g, '')
      .replace(/\/{2,}/g, '/'),
  )
}

function staysBelowBase(path: string): boolean {
  let level = 0
  const [empty, base, ...segments] = path.split(/[/\\]/)
  for (const segment of segments) {
    const name = segment.replace(/[;\0#?].*$/s, '').trim()
    if (name === '..') level -= 1
    else if (name !== '.' && name !== '') level += 1
    if (level < 0) return false
  }
  return empty === '' && base === 'v1'
}
