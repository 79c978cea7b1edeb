import { expect, onTestFinished, test } from 'vitest'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { IntrospectionDemand } from '../provider/provider-settings.ts'
import type { BffOptions } from '../options/options.ts'
import type { Browser } from '../testing/browser.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import {
  anotherInstance,
  apiUrl,
  baseOptions,
  issuer,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'

const asking = (introspection: IntrospectionDemand) => ({
  provider: { ...baseOptions.provider, introspection },
})

const signedIn = (introspection: IntrospectionDemand) => signedInTestBff(asking(introspection))

function bearerIn(headers: Headers): string {
  return headers.get('Authorization')?.replace('Bearer ', '') ?? ''
}

/** What the introspection endpoint says in place of the truth. */
function saying(world: TestBff, answer: (() => Response | Promise<Response>) | null): void {
  world.internet.host(issuer, (request) =>
    answer && new URL(request.url).pathname === '/introspect'
      ? answer()
      : world.provider.app.fetch(request),
  )
}

test('by default nobody is asked', async () => {
  const { browser, provider, clock } = await signedInTestBff()
  provider.withdrawAccessTokens()
  clock.advance(200)

  const call = await browser.fetch('/api/notes')

  expect(call.status).toBe(200)
  expect(provider.introspections).toEqual([])
})

test('a token that is revoked at the provider ends the session within the seconds, and its tokens', async () => {
  const { browser, provider, clock, apiCalls, eventsNamed } = await signedIn(30)
  await browser.fetch('/api/notes')
  provider.withdrawAccessTokens()
  clock.advance(29)
  const before = await browser.fetch('/api/notes')
  clock.advance(1)

  const after = await browser.fetch('/api/notes')
  const later = await browser.fetch('/api/notes')

  expect([before.status, after.status, later.status]).toEqual([200, 401, 401])
  expect(await after.json()).toMatchObject({ code: 'session_ended', reason: 'token-revoked' })
  expect(apiCalls).toHaveLength(2)
  expect(await isSignedIn(browser)).toBe(false)
  expect(eventsNamed('session-ended')).toMatchObject([{ end: 'token-revoked', detail: 'inactive' }])
  await expect.poll(() => provider.revocations.length).toBe(2)
})

test('many calls at once ask once, and again only when the seconds are over', async () => {
  const { browser, provider, clock } = await signedIn(30)
  clock.advance(30)

  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch('/api/notes')))
  clock.advance(29)
  await browser.fetch('/api/notes')

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(provider.introspections).toHaveLength(1)
})

test('many calls at once find it over once', async () => {
  const { browser, provider, clock, eventsNamed } = await signedIn(30)
  provider.withdrawAccessTokens()
  clock.advance(30)

  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch('/api/notes')))

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(401))
  expect(provider.introspections).toHaveLength(1)
  expect(eventsNamed('session-ended')).toHaveLength(1)
  await expect.poll(() => provider.revocations.length).toBe(2)
})

test('many instances ask once between them, and hear of the end from one another', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ ...asking(30), store })
  const others = [1, 2].map(() => anotherInstance(world, { ...asking(30), store }))
  const cookies = world.browser.cookies()
  const browsers = [world.browser, ...others.map(({ browser }) => browser(cookies))]
  world.clock.advance(30)

  const good = await Promise.all(browsers.map((browser) => browser.fetch('/api/notes')))
  world.provider.withdrawAccessTokens()
  world.clock.advance(30)
  const over = await Promise.all(browsers.map((browser) => browser.fetch('/api/notes')))

  expect(good.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(over.map(({ status }) => status)).toEqual([401, 401, 401])
  expect(new Set(world.provider.introspections).size).toBe(1)
  const endings = [world, ...others].flatMap(({ events }) =>
    events.filter(({ name }) => name === 'session-ended'),
  )
  expect(endings).toHaveLength(1)
})

test('an answer that names its end is shared no longer than that', async () => {
  const kept = new Map<string, number>()
  const inner = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const store: typeof inner = {
    ...inner,
    keyValue: {
      ...inner.keyValue,
      set(key, value, ttlSeconds) {
        kept.set(key, ttlSeconds)
        return inner.keyValue.set(key, value, ttlSeconds)
      },
    },
  }
  const world = await signedInTestBff({ ...asking(100), store })
  world.clock.advance(100)
  saying(world, () => Response.json({ active: true, exp: world.clock.now() + 7 }))

  await world.browser.fetch('/api/notes')

  const shared = [...kept].filter(([key]) => key.startsWith('token-check/'))
  expect(shared.map(([, ttlSeconds]) => ttlSeconds)).toEqual([7])
})

test('an answer that names its end is not believed after it, nor by an instance that took it over', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ ...asking(100), store })
  const other = anotherInstance(world, { ...asking(100), store }).browser(world.browser.cookies())
  let asked = 0
  let end = world.clock.now() + 107
  saying(world, () => {
    asked += 1
    return Response.json({ active: true, exp: end })
  })
  world.clock.advance(100)
  await world.browser.fetch('/api/notes')
  await other.fetch('/api/notes')
  const within = asked
  world.clock.advance(7)
  end += 300

  await world.browser.fetch('/api/notes')
  await other.fetch('/api/notes')

  expect([within, asked]).toEqual([1, 2])
})

test('a token that ends sooner than it was said at its issue is asked about again by then', async () => {
  const world = await signedIn(100)
  const soon = { active: true, exp: world.clock.now() + 10 }
  let asked = 0
  saying(world, () => {
    asked += 1
    return Response.json(asked === 1 ? soon : { active: false })
  })
  await world.browser.fetch('/auth/session?check=provider')
  world.clock.advance(10)

  const after = await world.browser.fetch('/api/notes')

  expect(after.status).toBe(401)
  expect(world.apiCalls).toEqual([])
})

test('a token that was just renewed needs no asking, and one that is being renewed is not asked about', async () => {
  const { browser, provider, clock } = await signedIn(30)
  clock.advance(301)
  await browser.fetch('/api/notes')
  clock.advance(29)
  await browser.fetch('/api/notes')
  clock.advance(220)
  await browser.fetch('/api/notes')

  expect(provider.introspections).toEqual([])
})

test('at a restore a session from before the restart is asked about once, before its first call', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ ...asking('restore'), store })
  const first = await world.browser.fetch('/api/notes')
  world.clock.advance(1)
  const restarted = anotherInstance(world, { ...asking('restore'), store })
  const browser = restarted.browser(world.browser.cookies())

  const calls = [await browser.fetch('/api/notes')]
  world.clock.advance(200)
  calls.push(await browser.fetch('/api/notes'))

  expect(first.status).toBe(200)
  expect(calls.map(({ status }) => status)).toEqual([200, 200])
  expect(world.provider.introspections).toHaveLength(1)
})

test('a session that was revoked while we were away does not make its first call', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ ...asking('restore'), store })
  world.provider.withdrawAccessTokens()
  world.clock.advance(1)
  const restarted = anotherInstance(world, { ...asking('restore'), store })

  const call = await restarted.browser(world.browser.cookies()).fetch('/api/notes')

  expect(call.status).toBe(401)
  expect(world.apiCalls).toEqual([])
})

test('the page hears at once that its token was revoked', async () => {
  const { browser, provider, clock } = await signedIn(30)
  const events = await browser.fetch('/auth/events')
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader()
  onTestFinished(() => void reader?.cancel().catch(() => {}))
  provider.withdrawAccessTokens()
  clock.advance(30)

  await browser.fetch('/api/notes')
  let heard = ''
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
    heard += read.value

  expect(heard).toContain('event: session-ended\ndata: {"reason":"token-revoked"}')
})

test('a call that comes late with a token that the provider dropped at the refresh is served', async () => {
  const world = await signedIn(30)
  const { browser, provider, clock } = world
  const early = browser.cookies()
  clock.advance(10)
  provider.withdrawAccessTokens()
  world.api = ({ headers }) =>
    new Response(null, { status: provider.isActive(bearerIn(headers)) ? 200 : 401 })
  const renewed = await browser.fetch('/api/notes')
  clock.advance(25)

  const late = await browser.with(early).fetch('/api/notes')

  expect([renewed.status, late.status]).toEqual([200, 200])
  expect(new Set(provider.introspections).size).toBe(2)
  expect(world.eventsNamed('session-ended')).toEqual([])
})

const filesByRefresh: NonNullable<BffOptions['upstreams']> = [
  { prefix: '/api', target: `${apiUrl}/v1` },
  {
    prefix: '/api/files',
    target: `${apiUrl}/files`,
    accessToken: { by: 'refresh', resource: 'https://files.example.com' },
  },
]

test('a late call that finds its token revoked has the newest refresh token revoked, not the spent one', async () => {
  const world = await signedInTestBff({ ...asking(30), upstreams: filesByRefresh })
  const { browser, provider, clock } = world
  const late = browser.with(browser.cookies())
  await browser.fetch('/api/files/x')
  const [spent, newest] = provider.issued.filter((token) => token.startsWith('refresh-'))
  provider.withdrawAccessTokens()
  clock.advance(30)

  const answer = await late.fetch('/api/notes')

  expect(answer.status).toBe(401)
  await expect.poll(() => provider.revocations).toContain(newest)
  expect(provider.revocations).not.toContain(spent)
})

test('so has a look at userinfo that is about another user, though a refresh came between', async () => {
  const world = await testBff({ upstreams: filesByRefresh })
  const { browser, provider, internet } = world
  provider.metadata = { userinfo_endpoint: `${issuer}/userinfo` }
  await browser.navigate('/auth/login')
  const elsewhere = browser.with(browser.cookies())
  internet.host(issuer, async (request) => {
    if (new URL(request.url).pathname !== '/userinfo') return provider.app.fetch(request)
    await elsewhere.fetch('/api/files/x')
    return Response.json({ sub: 'mallory' })
  })

  await browser.fetch('/auth/session?check=provider')

  const [spent, newest] = provider.issued.filter((token) => token.startsWith('refresh-'))
  await expect.poll(() => provider.revocations).toContain(newest)
  expect(provider.revocations).not.toContain(spent)
})

const trouble: readonly (readonly [string, () => Response | Promise<Response>])[] = [
  ['refuses connections', () => Promise.reject(new TypeError('fetch failed'))],
  ['answers 500', () => new Response('oops', { status: 500 })],
  ['answers 429', () => new Response(null, { status: 429, headers: { 'Retry-After': '17' } })],
  ['refuses us as a client', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
  ['refuses the request', () => Response.json({ error: 'invalid_request' }, { status: 400 })],
  [
    'takes no such token',
    () => Response.json({ error: 'unsupported_token_type' }, { status: 400 }),
  ],
  ['answers a bare 403', () => new Response(null, { status: 403 })],
  ['answers a bare 404', () => new Response(null, { status: 404 })],
  ['answers a page', () => new Response('<p>', { headers: { 'Content-Type': 'text/html' } })],
  [
    'answers broken JSON',
    () => new Response('{', { headers: { 'Content-Type': 'application/json' } }),
  ],
  ['does not say whether', () => Response.json({})],
  ['says it in words', () => Response.json({ active: 'false' })],
]

test.for(trouble)(
  'an introspection endpoint that %s ends nothing, and is asked once for all',
  async ([, answer]) => {
    const world = await signedIn(30)
    const { browser, clock, eventsNamed } = world
    let asked = 0
    saying(world, () => {
      asked += 1
      return answer()
    })
    clock.advance(30)

    const calls = [await browser.fetch('/api/notes'), await browser.fetch('/api/notes')]
    saying(world, null)
    clock.advance(20)
    calls.push(await browser.fetch('/api/notes'))

    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(asked).toBe(1)
    expect(world.provider.introspections).toHaveLength(1)
    expect(eventsNamed('token-check-failed')).toHaveLength(1)
  },
)

test('a token that is not good ends nothing while the store can’t say whether there is a newer one', async () => {
  const inner = memoryStore({ now: () => 0, milliseconds: () => 0 })
  let cut = false
  const rejects = () => Promise.reject(new Error('cut off'))
  const store: typeof inner = {
    ...inner,
    keyValue: {
      ...inner.keyValue,
      get: (...key) => (cut ? rejects() : inner.keyValue.get(...key)),
      replace: (...values) => (cut ? rejects() : inner.keyValue.replace(...values)),
    },
  }
  const world = await signedInTestBff({ ...asking(30), store })
  world.provider.withdrawAccessTokens()
  world.clock.advance(30)
  cut = true

  const during = await world.browser.fetch('/api/notes')
  cut = false
  world.clock.advance(5)
  const after = await world.browser.fetch('/api/notes')

  expect([during.status, after.status]).toEqual([503, 401])
  expect(await after.json()).toMatchObject({ reason: 'token-revoked' })
})

test('where there is nobody to ask, the operator is told once, and calls go on', async () => {
  const { browser, clock, provider, eventsNamed } = await testBff(asking(30))
  provider.metadata = { introspection_endpoint: undefined }
  await browser.navigate('/auth/login')
  clock.advance(31)

  const calls = [await browser.fetch('/api/notes')]
  clock.advance(31)
  calls.push(await browser.fetch('/api/notes'))

  expect(calls.map(({ status }) => status)).toEqual([200, 200])
  expect(
    eventsNamed('notice').filter(({ text }) => text.includes('introspection_endpoint')),
  ).toHaveLength(1)
})

test('a provider that names everybody otherwise in its answers ends few sessions, not all', async () => {
  const world = await signedIn(30)
  const browsers = await fiveSignedIn(world)
  saying(world, () => Response.json({ active: true, sub: 'urn:another-name-of-ada' }))
  world.clock.advance(30)

  expect(await callsOf(browsers)).toEqual([401, 401, 200, 200, 200])
  expect(world.eventsNamed('refusals-en-masse')[0]).toMatchObject({
    providerCode: 'introspected_sub',
  })
})

/** The world's own among them. */
async function fiveSignedIn({ browser: first }: TestBff): Promise<readonly Browser[]> {
  const others = Array.from({ length: 4 }, () => first.with(new Map()))
  for (const browser of others) await browser.navigate('/auth/login')
  return [first, ...others]
}

/** One after the other. */
async function callsOf(browsers: readonly Browser[]): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const browser of browsers) statuses.push((await browser.fetch('/api/notes')).status)
  return statuses
}

const inactive = () => Response.json({ active: false })

test('a provider that calls every token inactive ends few sessions, not all, and the operator is told why', async () => {
  const world = await signedIn(30)
  const browsers = await fiveSignedIn(world)
  let asked = 0
  saying(world, () => {
    asked += 1
    return inactive()
  })
  world.clock.advance(30)

  const first = await callsOf(browsers)
  const again = await callsOf(browsers)

  expect(first).toEqual([401, 401, 200, 200, 200])
  expect(again).toEqual([401, 401, 200, 200, 200])
  expect(asked).toBe(5)
  expect(world.eventsNamed('refusals-en-masse')[0]).toMatchObject({
    providerCode: 'introspected_inactive',
  })
  const notices = world.eventsNamed('notice').filter(({ text }) => /introspect/.test(text))
  expect(notices).toHaveLength(1)
})

test('once it calls one active, what it calls inactive is over by the next time that it is asked', async () => {
  const world = await signedIn(30)
  const browsers = await fiveSignedIn(world)
  saying(world, inactive)
  world.clock.advance(30)
  await callsOf(browsers)
  saying(world, null)
  const another = world.browser.with(new Map())
  await another.navigate('/auth/login')
  await another.fetch('/auth/session?check=provider')
  saying(world, inactive)
  world.clock.advance(30)

  expect(await callsOf(browsers)).toEqual(Array(5).fill(401))
})

test('tokens that are revoked all at once end all their sessions, where the provider has vouched for any', async () => {
  const world = await signedIn(30)
  const browsers = await fiveSignedIn(world)
  world.clock.advance(30)
  await world.browser.fetch('/api/notes')
  world.provider.withdrawAccessTokens()
  world.clock.advance(30)

  expect(await callsOf(browsers)).toEqual(Array(5).fill(401))
  expect(world.eventsNamed('refusals-en-masse')).toEqual([])
})

test('tokens that were all revoked while we were away end all their sessions', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ ...asking('restore'), store })
  const browsers = await fiveSignedIn(world)
  world.provider.withdrawAccessTokens()
  world.clock.advance(1)
  const restarted = anotherInstance(world, { ...asking('restore'), store })

  const restored = browsers.map((browser) => restarted.browser(browser.cookies()))

  expect(await callsOf(restored)).toEqual(Array(5).fill(401))
})
