import { expect, test } from 'vitest'
import { createBff } from '../create-bff.ts'
import { sealData } from 'iron-session'
import { createKeyRing } from '../base/key-ring.ts'
import { apiUrl, issuer, publicUrl, secret } from '../testing/test-bff.ts'
import { watchedWorld, type WatchedWorld } from '../testing/watched-world.ts'
import type { Event } from './events.ts'

const signOut = { method: 'POST' } as const

/** What happens, and what the log says of it at least. */
type Scene = readonly [string, readonly Event['name'][], (world: WatchedWorld) => Promise<unknown>]

const scenes: readonly Scene[] = [
  [
    'a sign-in, calls, a refresh, a late call, the list of sessions and a sign-out',
    ['signed-in', 'refreshed', 'signed-out'],
    async ({ browser, provider, clock }) => {
      provider.accessTokenSeconds = 60
      await browser.navigate('/auth/login?return_to=/notes')
      const old = browser.cookies()
      await browser.fetch('/api/notes')
      clock.advance(61)
      await browser.fetch('/api/notes')
      await browser.with(old).fetch('/api/notes')
      await browser.fetch('/auth/session')
      await browser.fetch('/auth/sessions')
      await browser.fetch('/auth/logout', signOut)
    },
  ],
  [
    'a sign-in that the user cancels',
    ['sign-in-failed'],
    async ({ browser, provider }) => {
      provider.authorizationAnswer = { error: 'access_denied', error_description: 'no' }
      await browser.navigate('/auth/login')
    },
  ],
  [
    'a provider that repeats secrets in the error of its answer',
    ['sign-in-failed'],
    async ({ browser, provider, search }) => {
      const { way } = await browser.navigate('/auth/login', { until: /\/authorize/ })
      search.know(...way)
      const repeated = [...search.known].join(' ')
      for (const error of [secret, repeated, provider.issued.join('')]) {
        provider.authorizationAnswer = { error, error_description: repeated, error_uri: repeated }
        await browser.navigate('/auth/login')
      }
    },
  ],
  [
    'an answer of the provider that was changed on the way',
    ['sign-in-failed'],
    async ({ browser }) => {
      const { url } = await browser.navigate('/auth/login', { until: /auth\/callback\?/ })
      url.searchParams.set('iss', url.searchParams.get('code') ?? '')
      await browser.navigate(url.href)
      await browser.navigate(url.href)
    },
  ],
  [
    'metadata of the provider that hold passwords and are no URLs',
    ['provider-unreachable', 'sign-in-failed'],
    async ({ browser, provider, search, clock }) => {
      search.know('metadata-password-1234567890')
      const odd = 'metadata-password-1234567890'
      const broken = [
        { issuer: `https://user:${odd}@id.example.net/?${odd}` },
        { jwks_uri: `https://user:${odd}@id.example.net/jwks` },
        { token_endpoint: `https://user:${odd}@id.example.net/token` },
        { jwks_uri: `//${odd}` },
        { authorization_endpoint: odd },
      ]
      for (const metadata of broken) {
        provider.metadata = metadata
        await browser.navigate('/auth/login')
        await browser.fetch('/readyz')
        clock.advance(3601)
      }
    },
  ],
  [
    'discovery and keys that are answered with everything that was asked',
    ['provider-unreachable', 'sign-in-failed'],
    async (world) => {
      for (const path of ['/.well-known/openid-configuration', '/jwks']) {
        world.echoAt(path, (echo) => new Response(echo))
        await world.browser.navigate('/auth/login')
      }
    },
  ],
  [
    'an API that repeats the token, by answers and by errors, and can then not be reached',
    ['call-failed'],
    async (world) => {
      await world.browser.navigate('/auth/login')
      world.api = (request) =>
        new Response(request.headers.get('Authorization'), {
          status: 500,
          headers: { 'X-From': 'api' },
        })
      await world.browser.fetch('/api/notes')
      world.api = (request) => {
        throw new TypeError(`refused ${request.headers.get('Authorization')}`)
      }
      await world.browser.fetch('/api/notes')
      world.internet.unplug(apiUrl)
      await world.browser.fetch('/api/notes', { method: 'POST', body: 'x' })
    },
  ],
  [
    'a store that fails with everything that it was asked',
    ['store-unreachable', 'call-failed', 'revocation-queued'],
    async ({ browser, clock, store, provider, internet }) => {
      provider.accessTokenSeconds = 60
      await browser.navigate('/auth/login')
      store.failing = true
      await browser.navigate('/auth/login')
      clock.advance(70)
      for (const path of ['/api/notes', '/auth/session', '/auth/sessions', '/readyz']) {
        await browser.fetch(path)
      }
      await browser.with(browser.cookies()).fetch('/auth/logout', signOut)
      store.failing = false
      clock.advance(2)
      await browser.navigate('/auth/login')
      internet.unplug(issuer)
      await browser.fetch('/auth/logout', signOut)
    },
  ],
  [
    'a revocation that fails with the token, is queued, tried again and given up',
    ['revocation-failed', 'revocation-queued', 'revocation-given-up'],
    async (world) => {
      await world.browser.navigate('/auth/login')
      world.echoAt('/revoke', (echo) => new Response(echo, { status: 503 }))
      await world.browser.fetch('/auth/logout', signOut)
      world.clock.advance(60)
      await world.bff.drainRevocations()
      world.echoAt('/revoke', (echo) =>
        Response.json({ error: echo, error_description: echo }, { status: 400 }),
      )
      world.clock.advance(600)
      await world.bff.drainRevocations()
    },
  ],
  [
    'cookies that were tampered with, are another deployment’s, or hold something else',
    ['seal-refused'],
    async ({ browser, search }) => {
      await browser.navigate('/auth/login')
      const [[name, cookie] = ['', { value: '', attributes: '' }]] = browser.cookies()
      const { sealing } = createKeyRing([secret]).passwords('session')
      const elsewhere = createKeyRing(['another secret of some other deployment']).passwords(
        'session',
      )
      const values = [
        `${cookie.value.slice(0, -1)}x`,
        await sealData({ content: 'cookie' }, { password: elsewhere.sealing }),
        await sealData({ content: { token: 'not a session at all' } }, { password: sealing }),
        'rubbish-of-quite-some-length',
      ]
      search.know(...values)
      for (const value of values) {
        await browser.with(new Map([[name, { ...cookie, value }]])).fetch('/api/notes')
      }
    },
  ],
  [
    'secrets in paths, queries and headers where nothing is',
    [],
    async ({ browser, search, provider }) => {
      await browser.navigate('/auth/login')
      search.know('a-code-in-a-wrong-place')
      for (const value of [...provider.issued.slice(0, 3), 'a-code-in-a-wrong-place']) {
        const odd = encodeURIComponent(value)
        const paths = [`/${odd}`, `/auth/${odd}?code=${odd}`, `/api/%2e%2e/${odd}?token=${odd}`]
        for (const path of [...paths, `/auth/callback?code=${odd}&state=${odd}`]) {
          await browser.fetch(path, { headers: { 'X-CSRF': value, Authorization: value } })
          await browser.fetch(path, { method: 'PROPFIND' })
          await browser.navigate(path)
        }
      }
    },
  ],
  [
    'unexpected errors whose message and stack hold a token',
    ['unexpected-error'],
    async ({ bff, browser, provider, search }) => {
      const words = 'an unexpected secret, quite long'
      search.know(words)
      bff.app.get('/boom', () => {
        const [token = ''] = provider.issued
        throw Object.assign(new Error(`${token}\n    at ${token}\n${words}`), {
          code: token,
          name: words,
          cause: new RangeError(token, { cause: new Error(token) }),
        })
      })
      await browser.navigate('/auth/login')
      await browser.fetch('/boom')
    },
  ],
  [
    'a provider whose access token fits into no header',
    [],
    async ({ browser, echoAt, search }) => {
      const odd = 'an-access-token\nwith two lines'
      search.know(odd)
      echoAt('/token', () => Response.json({ access_token: odd, token_type: 'Bearer' }))
      await browser.navigate('/auth/login')
      await browser.fetch('/api/notes')
    },
  ],
]

for (const mode of ['cookie', 'server'] as const) {
  test.for(scenes)(
    `in ${mode} mode neither log nor pages hold a secret after %s`,
    async (scene) => {
      const [, expected, drive] = scene
      const world = await watchedWorld({ session: { secrets: [secret], mode } })

      await drive(world)
      await world.bff.close()

      expect(world.events.map(({ name }) => name)).toEqual(expect.arrayContaining([...expected]))
      expect(world.search.known.size).toBeGreaterThan(9)
      expect(world.search.foundIn(world.log())).toEqual([])
      expect(world.search.foundIn(world.answers())).toEqual([])
    },
  )
}

/** Ways in which a token endpoint may answer with all that it was asked: secret, code, verifier, refresh token. */
const echoes: readonly [string, (echo: string) => Response][] = [
  ['a page', (echo) => new Response(echo, { headers: { 'Content-Type': 'text/html' } })],
  ['a page and 502', (echo) => new Response(echo, { status: 502 })],
  [
    'broken JSON',
    (echo) => new Response(echo, { headers: { 'Content-Type': 'application/json' } }),
  ],
  ['JSON of another shape', (echo) => Response.json({ [echo]: echo })],
  [
    'an error that is no code',
    (echo) => Response.json({ error: echo, error_description: echo }, { status: 400 }),
  ],
  [
    'invalid_grant and a long description',
    (echo) =>
      Response.json(
        { error: 'invalid_grant', error_description: echo, error_uri: echo, claims: echo },
        { status: 400 },
      ),
  ],
  [
    'a challenge',
    (echo) =>
      new Response(null, {
        status: 401,
        headers: { 'WWW-Authenticate': `Basic realm="${encodeURIComponent(echo)}"` },
      }),
  ],
  [
    'a redirect',
    (echo) =>
      new Response(null, { status: 307, headers: { Location: `/?${encodeURIComponent(echo)}` } }),
  ],
  [
    'an odd token type',
    (echo) => Response.json({ access_token: 'x', token_type: echo, expires_in: 60 }),
  ],
  [
    'an ID token that is none',
    (echo) => Response.json({ access_token: 'x', token_type: 'Bearer', id_token: echo }),
  ],
]

test.for(echoes)(
  'neither log nor pages hold a secret that the token endpoint repeats in %s',
  async ([, answer]) => {
    const world = await watchedWorld()
    const { browser, provider, clock } = world
    provider.accessTokenSeconds = 60
    await browser.navigate('/auth/login')
    world.echoAt('/token', answer)
    const other = browser.with(new Map())

    await other.navigate('/auth/login')
    clock.advance(61)
    await browser.fetch('/api/notes')
    await browser.fetch('/auth/session')

    expect(world.eventsNamed('sign-in-failed')).toHaveLength(1)
    expect(world.eventsNamed('refresh-failed').length).toBeGreaterThan(0)
    expect(world.search.foundIn(world.log())).toEqual([])
    expect(world.search.foundIn(world.answers())).toEqual([])
  },
)

test('without the rule on messages, the same search finds the token in the log', async () => {
  const { browser, provider, search } = await watchedWorld()
  await browser.navigate('/auth/login')
  let message = ''
  try {
    new Headers().set('Authorization', `Bearer ${provider.issued.at(-1)}\nx`)
  } catch (error) {
    message = String(error)
  }

  expect(search.foundIn(`{"name":"call-failed","detail":${JSON.stringify(message)}}`)).not.toEqual(
    [],
  )
})

test('options that can’t be used are told without the values that were given', () => {
  const given = 'a-secret-where-it-does-not-belong'
  let message = ''
  try {
    createBff({
      publicUrl: `${publicUrl}/?${given}`,
      provider: {
        issuer: `https://user:${given}@id.example.net`,
        clientId: '',
        clientSecret: '',
        clientAuthentication: given as 'client_secret_post',
        scope: given,
        authorizeParameters: { state: given },
      },
      upstreams: [{ prefix: '/api', target: `https://user:${given}@api.example.org` }],
      session: { secrets: [given.slice(0, 20)], mode: given as 'cookie' },
      store: `redis://user:${given}@[`,
      spaDir: `/${given}`,
    })
  } catch (error) {
    message = String(error)
  }

  expect(message).toContain('InvalidOptions')
  expect(message.split('\n').length).toBeGreaterThan(8)
  expect(message).not.toContain(given.slice(0, 16))
})
