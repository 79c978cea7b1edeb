import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { head, rawHttp } from '../testing/raw-http.ts'
import { recordingApi } from '../testing/recording-api.ts'
import { serve, servedBff, type ServedBff } from '../testing/served-bff.ts'

const api = recordingApi()
let bff: ServedBff
let folder: string

/** A built app with a secret beside it, and links to it. */
function builtAppBesideSecrets(): string {
  const home = mkdtempSync(join(tmpdir(), 'strongroom-spa-'))
  const spa = join(home, 'spa')
  mkdirSync(join(home, 'secrets'))
  writeFileSync(join(home, 'secrets', 'key.js'), 'the secret')
  writeFileSync(join(home, 'secrets', 'index.html'), 'the secret')
  mkdirSync(join(spa, 'assets'), { recursive: true })
  mkdirSync(join(spa, '.git'))
  mkdirSync(join(spa, '.well-known'))
  writeFileSync(join(spa, 'index.html'), 'the page')
  writeFileSync(join(spa, 'assets', 'app.js'), 'the script')
  writeFileSync(join(spa, '.env'), 'the secret')
  writeFileSync(join(spa, '.git', 'config'), 'the secret')
  writeFileSync(join(spa, '.well-known', 'security.txt'), 'contact')
  symlinkSync(join(home, 'secrets', 'key.js'), join(spa, 'assets', 'link.js'))
  symlinkSync(join(home, 'secrets'), join(spa, 'linked'))
  symlinkSync(join(spa, 'assets', 'app.js'), join(spa, 'inner.js'))
  return home
}

beforeAll(async () => {
  const closing: (() => void)[] = []
  folder = builtAppBesideSecrets()
  bff = await servedBff(api, {
    bff: { spaDir: join(folder, 'spa') },
    onOver: (close) => closing.push(close),
  })
  return () => {
    for (const close of closing) close()
    rmSync(folder, { recursive: true })
  }
})

beforeEach(() => void api.arrived.splice(0))

/** Asks as the signed-in page's script does, or as a browser that goes there: it says nothing that would tell. */
function ask(target: string, method = 'GET') {
  const { port, headers } = bff
  const own = ['Host: app.example.com', `Cookie: ${headers.Cookie}`, 'X-CSRF: 1']
  return rawHttp(port, head(`${method} ${target} HTTP/1.1`, ...own))
}

const outside: readonly string[] = [
  '/../secrets/key.js',
  '/..%2fsecrets/key.js',
  '/..%2Fsecrets%2Fkey.js',
  '/%2e%2e/secrets/key.js',
  '/%2e%2e%2fsecrets%2fkey.js',
  '/%252e%252e%252fsecrets/key.js',
  '/assets/../../secrets/key.js',
  '/assets/..\\..\\secrets\\key.js',
  '/assets/..%5c..%5csecrets%5ckey.js',
  '/assets/....//....//secrets/key.js',
  '/assets/..;/..;/secrets/key.js',
  '/assets/%c0%ae%c0%ae/secrets/key.js',
  '//secrets/key.js',
  '/assets/link.js',
  '/assets/%6cink.js',
  '/linked/key.js',
  '/linked/',
  '/linked',
  '/.env',
  '/%2eenv',
  '/.git/config',
  '/assets/app.js%00.html',
  '/assets/app.js%2500',
]

test.for(outside)('%s gives nothing that is not the app’s', async (target) => {
  const { status, body } = await ask(target)

  expect(body).not.toContain('the secret')
  // A path that is no file may be a deep link of the app's.
  expect([400, 404, 'the page']).toContain(status === 200 ? body : status)
})

test('a link of the app’s own, and what browsers look for under /.well-known, are served', async () => {
  expect((await ask('/inner.js')).body).toBe('the script')
  expect((await ask('/.well-known/security.txt')).body).toBe('contact')
})

test('a folder served without looking where links lead gives the secret, with the guard off', async () => {
  const app = new Hono().use(serveStatic({ root: join(folder, 'spa') }))
  const { port } = await serve({ bff: { app } })
  const open = async (target: string) =>
    (await rawHttp(port, head(`GET ${target} HTTP/1.1`, 'Host: a'))).body

  expect(await open('/assets/link.js')).toBe('the secret')
  expect(await open('/linked/key.js')).toBe('the secret')
  expect(await open('/.env')).toBe('the secret')
})

/** What the router may take for another path than the guards do, and what each is to the end. */
const disguised: readonly [target: string, outcome: number | 'the page'][] = [
  ['/auth//session', 404],
  ['//auth/session', 'the page'],
  ['/auth/session/', 404],
  ['/auth/session;x', 404],
  ['/auth/session;/', 404],
  ['/auth/session%00', 404],
  ['/auth/session%20', 404],
  ['/auth/session%2f', 404],
  ['/auth/session.json', 404],
  ['/auth%2fsession', 'the page'],
  ['/auth%252fsession', 'the page'],
  ['/AUTH/session', 'the page'],
  ['/Auth/Session', 'the page'],
  ['/API/notes', 'the page'],
  ['/api%2fnotes', 'the page'],
  ['/api%5cnotes', 'the page'],
  ['/api;x/notes', 'the page'],
  ['/%61pi/notes', 404],
  ['/api%20/notes', 'the page'],
  ['//api/notes', 'the page'],
  ['//evil.example/api/notes', 'the page'],
  ['/x/../api/notes', 400],
  ['/x/%2e%2e/api/notes', 400],
  ['/api/../auth/session', 200],
  ['/apinotes', 'the page'],
  ['/', 'the page'],
]

test.for(disguised)('%s is %s, and the API hears nothing of it', async ([target, outcome]) => {
  const { status, body, headers } = await ask(target)

  expect(api.arrived).toEqual([])
  expect(headers).not.toHaveProperty('location')
  expect(status === 200 && body === 'the page' ? body : status).toBe(outcome)
})

test('a path in disguise needs the page’s header as the plain one does', async () => {
  const { port, headers } = bff
  const targets = ['/auth/session', '/auth/%73ession', '/auth/./session', '/x/../auth/session']

  const statuses = await Promise.all(
    targets.map(async (target) => {
      const lines = ['Host: a', `Cookie: ${headers.Cookie}`]
      return (await rawHttp(port, head(`GET ${target} HTTP/1.1`, ...lines))).status
    }),
  )

  expect(statuses).toEqual([403, 403, 403, 403])
})

test('a session’s id that holds a path ends nobody’s session', async () => {
  const ended = await ask('/auth/sessions/..%2f..%2fother', 'DELETE')

  expect(ended.status).toBe(404)
  expect((await ask('/auth/session')).body).toContain('"authenticated":true')
})

test('mounted below a prefix it hands nothing to the API under another name', async () => {
  const host = new Hono().mount('/portal', bff.world.bff.app.fetch)
  const { port } = await serve({ bff: { app: host } })
  const own = ['Host: a', `Cookie: ${bff.headers.Cookie}`, 'X-CSRF: 1']

  const statuses = await Promise.all(
    ['/portal/api/notes', '/portal//api/notes', '/portal/../api/notes', '/portal%2fapi/notes'].map(
      async (target) => (await rawHttp(port, head(`GET ${target} HTTP/1.1`, ...own))).status,
    ),
  )

  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect(api.arrived).toEqual([])
})
