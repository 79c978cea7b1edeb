import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  type JWK,
  type JWTPayload,
} from 'jose'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { BffOptions } from '../options/options.ts'
import { bindTokens, type BoundTokens } from '../testing/bound-tokens.ts'
import {
  anotherInstance,
  apiUrl,
  baseOptions,
  issuer,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'

const on = { provider: { ...baseOptions.provider, dpop: true } } as const

interface BoundWorld extends TestBff {
  readonly bound: BoundTokens
}

async function boundWorld(
  options: Partial<BffOptions> & { readonly accessTokenSeconds?: number } = {},
  nonces: Partial<BoundTokens['nonces']> = {},
): Promise<BoundWorld> {
  const { accessTokenSeconds = 300, ...rest } = options
  const world = await testBff({ ...on, ...rest })
  const bound = bindTokens(world)
  world.provider.accessTokenSeconds = accessTokenSeconds
  bound.nonces = { ...bound.nonces, ...nonces }
  await world.browser.navigate('/auth/login')
  return Object.assign(world, { bound })
}

const statusOf = async (answer: Promise<Response>) => (await answer).status

test('a session’s tokens are bound to a key of its own, from the sign-in on', async () => {
  const world = await testBff(on)
  const bound = bindTokens(world)

  const { way } = await world.browser.navigate('/auth/login')
  const answer = await world.browser.fetch('/api/notes?page=2')

  const asked = new URL(way.find((url) => url.includes('/authorize')) ?? '').searchParams
  expect(answer.status).toBe(200)
  expect(bound.refusals).toEqual([])
  expect(bound.proven).toEqual([
    { grantType: 'authorization_code', thumbprint: asked.get('dpop_jkt') },
  ])
})

test('each refresh is proven with the same key, on any instance', async () => {
  const options = { ...on, store: memoryStore(systemClock), accessTokenSeconds: 60 }
  const world = await boundWorld(options)
  const { accessTokenSeconds: _seconds, ...rest } = options
  const other = anotherInstance(world, rest)

  world.clock.advance(61)
  const late = world.browser.cookies()
  const answers = await Promise.all([
    statusOf(world.browser.fetch('/api/notes')),
    statusOf(other.browser(late).fetch('/api/notes')),
  ])

  expect(answers).toEqual([200, 200])
  expect(world.bound.refusals).toEqual([])
  expect(world.bound.proven.map(({ grantType }) => grantType)).toEqual([
    'authorization_code',
    'refresh_token',
  ])
  expect(new Set(world.bound.proven.map(({ thumbprint }) => thumbprint)).size).toBe(1)
})

test('the provider’s nonce is learnt with one more request, which spends nothing, and remembered for all', async () => {
  const world = await boundWorld({ accessTokenSeconds: 60 }, { provider: 'one' })
  const asked = () => world.provider.tokenRequests('refresh_token')

  world.clock.advance(61)
  const first = await world.browser.fetch('/api/notes')
  world.bound.nonces.provider = 'two'
  world.clock.advance(61)
  const second = await world.browser.fetch('/api/notes')

  expect([first.status, second.status]).toEqual([200, 200])
  expect(asked()).toBe(2)
  expect(world.eventsNamed('refresh-failed')).toEqual([])
})

test('a provider that wants another nonce each time is asked twice and no more, and the session lives on', async () => {
  const world = await boundWorld({ accessTokenSeconds: 60 })
  let requests = 0
  world.internet.host(issuer, (request) => {
    if (new URL(request.url).pathname !== '/token') return world.provider.app.fetch(request)
    requests += 1
    const headers = { 'DPoP-Nonce': `nonce-${requests}` }
    return Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers })
  })

  world.clock.advance(61)
  const refused = await world.browser.fetch('/api/notes')
  bindTokens(world)
  world.clock.advance(2)
  const later = await world.browser.fetch('/auth/session')

  expect(refused.status).toBe(503)
  expect(requests).toBe(2)
  expect(await later.json()).toMatchObject({ authenticated: true })
})

test('an API’s nonce is learnt with one more call, and the next has it', async () => {
  const world = await boundWorld({}, { api: 'one' })

  const first = await world.browser.fetch('/api/notes')
  const second = await world.browser.fetch('/api/notes', { method: 'POST', body: 'x' })

  expect([first.status, second.status]).toEqual([200, 200])
  expect(world.bound.refusals).toEqual(['nonce wanted'])
  expect(first.headers.has('DPoP-Nonce')).toBe(false)
})

test('an API that wants another nonce each time is called twice and no more', async () => {
  const world = await boundWorld()
  const { apiCalls } = world
  world.clock.advance(6)
  world.api = () =>
    new Response(null, {
      status: 401,
      headers: {
        'DPoP-Nonce': `nonce-${apiCalls.length}`,
        'WWW-Authenticate': 'DPoP error="use_dpop_nonce"',
      },
    })

  const answer = await world.browser.fetch('/api/notes')

  expect(await answer.json()).toMatchObject({ status: 502, code: 'upstream_unreachable' })
  expect(apiCalls).toHaveLength(2)
  expect(world.provider.tokenRequests('refresh_token')).toBe(0)
})

test('each try of a call that is repeated has a proof of its own', async () => {
  const upstreams = [{ prefix: '/api', target: `${apiUrl}/v1`, retries: 2 }] as const
  const world = await boundWorld({ upstreams })
  let tries = 0
  world.api = async (request) => {
    const checked = await world.bound.api(request)
    tries += 1
    return tries < 3 ? new Response(null, { status: 503 }) : checked
  }

  expect(await statusOf(world.browser.fetch('/api/notes'))).toBe(200)
  expect(world.bound.refusals).toEqual([])
})

test('a session from before it was switched on goes on, and is bound with its next refresh', async () => {
  const options = { store: memoryStore(systemClock), provider: baseOptions.provider }
  const world = await signedInTestBff({ ...options, accessTokenSeconds: 60 })
  const switched = anotherInstance(world, { ...options, ...on })
  const browser = switched.browser(world.browser.cookies())
  const schemes = () =>
    world.apiCalls.map(({ headers }) => headers.get('Authorization')?.split(' ')[0])

  const before = await statusOf(browser.fetch('/api/notes'))
  const bound = bindTokens(world)
  world.clock.advance(61)
  const after = await statusOf(browser.fetch('/api/notes'))

  expect([before, after]).toEqual([200, 200])
  expect(schemes()).toEqual(['Bearer', 'DPoP'])
  expect(bound.proven.map(({ thumbprint }) => thumbprint !== null)).toEqual([true])
})

test('a session stays bound when it is switched off, and a new one is not', async () => {
  const store = memoryStore(systemClock)
  const world = await boundWorld({ store, accessTokenSeconds: 60 })
  const off = anotherInstance(world, { store, provider: baseOptions.provider })
  const browser = off.browser(world.browser.cookies())

  world.clock.advance(61)
  const kept = await statusOf(browser.fetch('/api/notes'))
  await browser.navigate('/auth/login')

  expect(kept).toBe(200)
  expect(world.bound.proven.map(({ thumbprint }) => thumbprint !== null)).toEqual([
    true,
    true,
    false,
  ])
})

test('a provider that ignores the proof signs nobody in', async () => {
  const world = await testBff(on)

  await world.browser.navigate('/auth/login')
  const session = await world.browser.fetch('/auth/session')

  expect(await session.json()).toEqual({ authenticated: false })
  expect(JSON.stringify(world.events)).toContain('bound to our key (token_type)')
})

test('a refresh that is answered with a bearer token ends the session, and the token is revoked', async () => {
  const world = await boundWorld({ accessTokenSeconds: 60 })
  world.internet.host(issuer, (request) => world.provider.app.fetch(request))

  world.clock.advance(61)
  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(world.apiCalls).toEqual([])
  const given = world.provider.issued.filter((token) => /^(access|refresh)-/.test(token)).slice(-2)
  expect(world.provider.revocations.toSorted()).toEqual(given.toSorted())
  expect(world.eventsNamed('session-ended')).toMatchObject([{ detail: 'token_not_bound' }])
})

test('so does a refresh for one API that is', async () => {
  const accessToken = { by: 'refresh', resource: 'https://files.example.com' } as const
  const world = await boundWorld({
    upstreams: [{ prefix: '/api', target: `${apiUrl}/v1`, accessToken }],
  })
  world.internet.host(issuer, (request) => world.provider.app.fetch(request))

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(world.apiCalls).toEqual([])
  const given = world.provider.issued.filter((token) => /^(access|refresh)-/.test(token)).slice(-2)
  expect(world.provider.revocations.toSorted()).toEqual(given.toSorted())
})

test('where the settings say so, a bearer token is taken for what it is', async () => {
  const provider = { ...on.provider, acceptBearerTokens: true }
  const world = await signedInTestBff({ provider })

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(200)
  expect(world.apiCalls[0]?.headers.get('Authorization')).toMatch(/^Bearer /)
  expect(world.apiCalls[0]?.headers.has('DPoP')).toBe(false)
})

const narrowings = [
  { by: 'exchange', audience: 'files' },
  { by: 'refresh', resource: 'https://files.example.com' },
] as const

test.for(narrowings)(
  'a token for one API by $by is bound to the session’s key, or a bearer token where its row says so',
  async (accessToken) => {
    const world = await boundWorld({
      upstreams: [
        { prefix: '/api', target: `${apiUrl}/v1` },
        { prefix: '/api/files', target: `${apiUrl}/files`, accessToken },
        { prefix: '/api/old', target: `${apiUrl}/old`, accessToken, dpop: false },
      ],
    })
    const { browser } = world

    const files = await statusOf(browser.fetch('/api/files/x'))
    world.api = () => Response.json({ ok: true })
    const old = await statusOf(browser.fetch('/api/old/x'))
    world.api = world.bound.api
    const own = await statusOf(browser.fetch('/api/notes'))

    expect([files, old, own]).toEqual([200, 200, 200])
    expect(world.bound.refusals).toEqual([])
    const [session, narrow, bearer] = world.bound.proven.map(({ thumbprint }) => thumbprint)
    expect(narrow).toBe(session)
    expect(bearer).toBeNull()
    expect(world.apiCalls[1]?.headers.get('Authorization')).toMatch(/^Bearer access-/)
    expect(world.apiCalls[1]?.headers.has('DPoP')).toBe(false)
  },
)

test('a stolen access token is of no use at the API, nor is a proof that was seen there', async () => {
  const world = await boundWorld()
  await world.browser.fetch('/api/notes')
  const [sent] = world.apiCalls
  const token = sent?.headers.get('Authorization')?.split(' ')[1] ?? ''
  const proof = sent?.headers.get('DPoP') ?? ''
  const call = (path: string, headers: Record<string, string>) =>
    world.internet.fetch(`${apiUrl}${path}`, { headers })

  const stolen = [
    await call('/v1/notes', { Authorization: `Bearer ${token}` }),
    await call('/v1/notes', { Authorization: `DPoP ${token}` }),
    await call('/v1/notes', { Authorization: `DPoP ${token}`, DPoP: proof }),
    await call('/v1/secrets', { Authorization: `DPoP ${token}`, DPoP: proof }),
  ]

  expect(stolen.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  expect(world.bound.refusals.slice(-2)).toEqual(['replayed', 'htu'])
})

test('with the guard off, a token that was stolen on its way opens the API to the thief', async () => {
  const world = await signedInTestBff()
  world.api = ({ headers }) => {
    const token = headers.get('Authorization')?.split(' ')[1] ?? ''
    return new Response(null, { status: world.provider.isActive(token) ? 200 : 401 })
  }
  await world.browser.fetch('/api/notes')
  const Authorization = world.apiCalls[0]?.headers.get('Authorization') ?? ''

  const stolen = await world.internet.fetch(`${apiUrl}/v1/notes`, { headers: { Authorization } })

  expect(stolen.status).toBe(200)
})

test('userinfo is asked with a proof, too, and once more for its nonce', async () => {
  const world = await testBff(on)
  bindTokens(world)
  world.provider.metadata = { userinfo_endpoint: `${issuer}/userinfo` }
  world.provider.idTokenClaims = { name: undefined, email: undefined }
  const asked: { readonly scheme?: string | undefined; readonly claims: JWTPayload }[] = []
  world.provider.app.get('/userinfo', (c) => {
    const claims = decodeJwt(c.req.header('DPoP') ?? '')
    asked.push({ scheme: c.req.header('Authorization')?.split(' ')[0], claims })
    if (claims['nonce'] === 'theirs') return c.json({ sub: 'ada', name: 'Ada of userinfo' })
    const challenge = 'DPoP error="use_dpop_nonce"'
    return c.body(null, 401, { 'DPoP-Nonce': 'theirs', 'WWW-Authenticate': challenge })
  })

  await world.browser.navigate('/auth/login')
  const session = await world.browser.fetch('/auth/session')

  expect(await session.json()).toMatchObject({ user: { name: 'Ada of userinfo' } })
  expect(asked).toHaveLength(2)
  expect(asked[1]).toMatchObject({
    scheme: 'DPoP',
    claims: { htm: 'GET', htu: `${issuer}/userinfo`, ath: expect.any(String) as string },
  })
})

test('a browser’s own proof never goes up', async () => {
  const world = await boundWorld()
  const plain = await signedInTestBff()

  await world.browser.fetch('/api/notes', { headers: { DPoP: 'mine' } })
  await plain.browser.fetch('/api/notes', { headers: { DPoP: 'mine' } })

  expect(world.bound.refusals).toEqual([])
  expect(plain.apiCalls[0]?.headers.has('DPoP')).toBe(false)
})

test('sessions have keys of their own, and without the option no cookie is larger', async () => {
  const [one, other] = [await boundWorld(), await boundWorld()]
  const plain = await signedInTestBff()
  const keyOf = async ({ browser, apiCalls }: BoundWorld) => {
    await browser.fetch('/api/notes')
    const { jwk } = decodeProtectedHeader(apiCalls[0]?.headers.get('DPoP') ?? '')
    return calculateJwkThumbprint(jwk as JWK)
  }
  const bytes = ({ eventsNamed }: TestBff) => eventsNamed('signed-in')[0]?.cookieBytes ?? 0

  expect(await keyOf(one)).not.toBe(await keyOf(other))
  expect(bytes(one) - bytes(plain)).toBeGreaterThan(40)
  expect(bytes(one) - bytes(plain)).toBeLessThan(120)
})

test('sign-out revokes bound tokens', async () => {
  const world = await boundWorld()

  const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })

  expect(await answer.json()).toMatchObject({
    receipt: { refreshToken: 'revoked', accessToken: 'revoked' },
  })
})
