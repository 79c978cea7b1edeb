import { expect, test } from 'vitest'
import { targetUrl } from './target-url.ts'

const upstream = { prefix: '/api', target: new URL('https://api.example.org/v1') } as const

const honest: readonly string[] = [
  '',
  '/',
  '/notes?x=1&next=../x',
  '/tags/C%23',
  '/100%25',
  '/100%2525',
  '/50%25zz',
  '/a%5Cb',
  '/a%2Fb',
  '/a.b/..c/...',
  '/caf%C3%A9/%E2%82%AC',
  '/a;v=1/b;c',
  '//evil.example/x',
  '/@evil.example',
  '/%3Fx',
  '/a%20b/%20',
  '/a%3F%23.b',
]

test.for(honest)('%s arrives byte for byte', (rest) => {
  const url = targetUrl(upstream)(`/api${rest}`)

  expect(url).toEqual({
    ok: true,
    value: { origin: 'https://api.example.org', path: `/v1${rest}` },
  })
})

const dishonest: readonly string[] = [
  '/../admin',
  '/./x',
  '/..',
  '/%2e%2e/admin',
  '/.%2e/admin',
  '/..%2fadmin',
  '/%252e%252e/admin',
  '/%25252e%25252e%25252fadmin',
  '/%252e%252e/%25zz',
  '/%252e%252e/%25ff',
  '/..;/admin',
  '/..;x=1/admin',
  '/..%3b/admin',
  '/..\\admin',
  '/a\\b',
  '/%5c..%5cadmin',
  '/..%5cadmin',
  '/..%255cadmin',
  '/#x',
  '/%00',
  '/%2500',
  '/x%0d%0aHost:%20evil',
  '/x%7f',
  '/%zz',
  '/%',
  '/%c0%ae%c0%ae/admin',
  '/%25252525252e',
  '/..%23x',
  '/..%3fx',
  '/%252e.%2523/admin',
  '/.. ',
  '/%2e. ',
  '/..%20',
  '/%20../admin',
  '/..%2520/admin',
  '/a b',
  '/a ',
]

test.for(dishonest)('%s is refused', (rest) => {
  expect(targetUrl(upstream)(`/api${rest}`)).toMatchObject({ error: { kind: 'malformed-request' } })
})

test('a prefix in disguise, or the start of a longer name, is not the prefix', () => {
  for (const path of ['/%61pi/notes', '/apis', '/x/api']) {
    expect(targetUrl(upstream)(path), path).toMatchObject({ error: { kind: 'not-found' } })
  }
})

const disguises: readonly string[] = [
  '//gold/transfer',
  '///gold',
  '/gold%2Ftransfer',
  '/gold%252Ftransfer',
  '/%2Fgold/transfer',
  '/%5Cgold/transfer',
  '/gold;x=1/transfer',
  '/gold%3Bx/transfer',
  '/;x=1/gold/transfer',
  '/;/gold',
  '/gold%5Ctransfer',
  '/gold%255Ctransfer',
  '/%67old%2Ftransfer',
  '/%2567old/transfer',
  '/gold%20/transfer',
  '/%20/gold/transfer',
  '/gold%3Fx=1',
  '/gold%23x',
  '/GOLD/transfer',
  '/Gold',
  '/%47old%2ftransfer',
  '//g%4Fld/x',
  '/gold.json',
  '/gold.json/transfer',
  '/gold.',
  '/gold./transfer',
  '/gold%2Ejson',
  '/gold%252ejson',
  '/GOLD.;x=1/transfer',
]

test.for(disguises)('%s may be read as the path of another row, and is refused', (rest) => {
  const url = targetUrl(upstream, ['/api/gold'])(`/api${rest}`)

  expect(url).toMatchObject({ error: { kind: 'malformed-request' } })
  expect(targetUrl(upstream)(`/api${rest}`).ok).toBe(true)
})

test.for(['/gold./bars', '/gold.%20/bars/x', '/gold/bars.xml', '/gold./bars.'])(
  'a dot within a longer prefix is read, too: %s',
  (rest) => {
    expect(targetUrl(upstream, ['/api/gold/bars'])(`/api${rest}`).ok).toBe(false)
    expect(targetUrl(upstream)(`/api${rest}`).ok).toBe(true)
  },
)

test('a row of another’s keeps from it no path that is read otherwise', () => {
  const paths = [
    '/notes',
    '/golden',
    '/x//gold/y',
    '/notes/gold',
    '/a%2Fgold',
    '/gold-x;a=1',
    '/golden.json',
    '/notes.gold',
    '/notes/gold.json',
    '/notes.json?of=/gold.json',
    '?/gold',
  ]
  for (const rest of [...paths, ...honest]) {
    expect(targetUrl(upstream, ['/api/gold'])(`/api${rest}`).ok, rest).toBe(true)
  }
})
