import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { anotherInstance, issuer, secret, signedInTestBff } from '../testing/test-bff.ts'
import { providerBackoff } from './provider-backoff.ts'

const parallelCalls = 50

test('renews an expired token once for many calls at once', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  clock.advance(61)

  const answers = await Promise.all(
    Array.from({ length: parallelCalls }, () => browser.fetch('/api/notes')),
  )

  expect(answers.map(({ status }) => status)).toEqual(Array(parallelCalls).fill(200))
  expect(provider.tokenRequests('refresh_token')).toBe(1)
})

test('serves a call that comes late with the cookie from before the refresh', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  const oldCookies = browser.cookies()
  clock.advance(61)
  await browser.fetch('/api/notes')

  const straggler = browser.with(oldCookies)
  const late = await straggler.fetch('/api/notes')

  expect(late.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(straggler.cookies()).not.toEqual(oldCookies)
})

test('follows the chain for a cookie that is several generations old', async () => {
  const { browser, provider, clock } = await signedInTestBff({
    accessTokenSeconds: 15,
    session: { secrets: ['correct horse battery staple and then some'], replaySeconds: 60 },
  })
  const oldCookies = browser.cookies()
  for (const _ of [1, 2, 3]) {
    clock.advance(16)
    await browser.fetch('/api/notes')
  }

  const late = await browser.with(oldCookies).fetch('/api/notes')

  expect(late.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(3)
})

test('a cookie from too long ago is refused, and does no harm to the session that lives', async () => {
  const { browser, provider, clock, eventsNamed } = await signedInTestBff({
    accessTokenSeconds: 300,
  })
  const oldCookies = browser.cookies()
  clock.advance(301)
  await browser.fetch('/api/notes')
  await browser.fetch('/api/notes')
  clock.advance(61)

  const late = await browser.with(oldCookies).fetch('/api/notes')
  const next = await browser.fetch('/api/notes')

  expect([late.status, next.status]).toEqual([401, 200])
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(eventsNamed('refresh-token-reused')).toMatchObject([{ generation: 0 }])
})

test('keeps what a background refresh brought for as long as the user takes to come back', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 150 })
  clock.advance(110)
  const before = await browser.fetch('/api/notes')
  await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)
  clock.advance(600)

  const next = await browser.fetch('/api/notes')

  expect(before.headers.getSetCookie()).toEqual([])
  expect(next.status).toBe(200)
})

test('keeps what a lost answer brought for as long as the user takes to come back', async () => {
  const { browser, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  const notUpdated = browser.cookies()
  clock.advance(61)
  await browser.fetch('/api/notes')
  clock.advance(1500)

  const later = await browser.with(notUpdated).fetch('/api/notes')

  expect(later.status).toBe(200)
})

test('spending a refresh token twice at the provider loses the session: what all of this is for', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  const { browser, clock, provider } = world
  const oldCookies = browser.cookies()
  clock.advance(61)
  await browser.fetch('/api/notes')

  // Another instance with the same keys and a store of its own knows nothing of the first one's refresh.
  const other = anotherInstance(world, {})
  const late = await other.browser(oldCookies).fetch('/api/notes')
  clock.advance(61)
  const next = await browser.fetch('/api/notes')

  expect([late.status, next.status]).toEqual([401, 401])
  expect(provider.tokenRequests('refresh_token')).toBe(3)
})

test('renews in the background while the token is still valid, and nobody waits', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 300 })
  const gate = Promise.withResolvers<Response>()
  clock.advance(241)
  provider.tokenAnswer = () => gate.promise

  const answer = await browser.fetch('/api/notes')

  expect(answer.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  gate.resolve(new Response(null, { status: 503 }))
})

test('hands the result of a background refresh to the browser with the next answer', async () => {
  const { browser, provider, clock, apiCalls } = await signedInTestBff({ accessTokenSeconds: 300 })
  clock.advance(241)
  await browser.fetch('/api/notes')
  await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)

  await expect
    .poll(async () => {
      await browser.fetch('/api/notes')
      return apiCalls.at(-1)?.headers.get('Authorization')
    })
    .not.toBe(apiCalls[0]?.headers.get('Authorization'))

  expect(provider.tokenRequests('refresh_token')).toBe(1)
})

test('does not renew a token of one minute the moment it is issued', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  clock.advance(30)

  await browser.fetch('/api/notes')

  expect(provider.tokenRequests('refresh_token')).toBe(0)
})

test('keeps the refresh token of a provider that does not rotate', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.rotates = false

  const statuses: number[] = []
  for (const _ of [1, 2, 3]) {
    clock.advance(61)
    statuses.push((await browser.fetch('/api/notes')).status)
  }

  expect(statuses).toEqual([200, 200, 200])
  expect(provider.tokenRequests('refresh_token')).toBe(3)
})

test('ends the session when the provider refuses the refresh token', async () => {
  const { browser, provider, clock, eventsNamed } = await signedInTestBff({
    accessTokenSeconds: 60,
  })
  provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  clock.advance(61)

  const answer = await browser.fetch('/api/notes')
  const session = await browser.fetch('/auth/session')

  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'session_ended', login: '/auth/login' })
  expect(await session.json()).toEqual({ authenticated: false })
  expect(eventsNamed('session-ended')).toMatchObject([{ end: 'refresh-refused' }])
})

const weather: readonly [string, () => Response][] = [
  ['503', () => new Response(null, { status: 503, headers: { 'Retry-After': '17' } })],
  [
    '429',
    () =>
      Response.json({ error: 'slow_down' }, { status: 429, headers: { 'X-Retry-After': '17' } }),
  ],
  [
    'HTML in place of JSON',
    () => new Response('<p>Bad gateway</p>', { headers: { 'Content-Type': 'text/html' } }),
  ],
  ['an answer without a token', () => Response.json({ hello: 'world' })],
  [
    'broken JSON',
    () => new Response('{"access_token":', { headers: { 'Content-Type': 'application/json' } }),
  ],
  ['404 with a page', () => new Response('<p>Not here</p>', { status: 404 })],
  ['403 of a firewall', () => new Response('blocked', { status: 403 })],
  [
    'temporarily_unavailable',
    () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 }),
  ],
  ['invalid_client', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
]

test.for(weather)('keeps the session while the token endpoint answers %s', async ([, answer]) => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = answer
  clock.advance(61)

  const during = await browser.fetch('/api/notes')
  const degraded = await browser.fetch('/auth/session')
  provider.tokenAnswer = null
  clock.advance(18)
  const after = await browser.fetch('/api/notes')

  expect(during.status).toBe(503)
  expect(Number(during.headers.get('Retry-After'))).toBeGreaterThan(0)
  expect(await during.json()).toMatchObject({ code: 'provider_unavailable' })
  expect(await degraded.json()).toMatchObject({
    authenticated: true,
    session: { state: 'degraded' },
  })
  expect(after.status).toBe(200)
})

test('passes on how long the provider asks to wait', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = () => new Response(null, { status: 503, headers: { 'Retry-After': '17' } })
  clock.advance(61)

  const answer = await browser.fetch('/api/notes')

  expect(answer.headers.get('Retry-After')).toBe('17')
})

test('refuses tokens that the provider gives for another user', async () => {
  const { browser, provider, clock, apiCalls } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.idTokenClaims = { sub: 'mallory' }
  clock.advance(61)

  const answer = await browser.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(apiCalls).toHaveLength(0)
})

test('a session without a refresh token is normal, and ends with its access token', async () => {
  const { browser, provider, clock } = await signedInTestBff()
  provider.issuesRefreshTokens = false
  provider.accessTokenSeconds = 60
  await browser.navigate('/auth/login')

  const before = await browser.fetch('/api/notes')
  const view = await browser.fetch('/auth/session')
  clock.advance(61)
  const after = await browser.fetch('/api/notes')

  expect(before.status).toBe(200)
  expect(await view.json()).toMatchObject({ token: { refreshable: false } })
  expect(await after.json()).toMatchObject({ code: 'session_ended' })
})

test('asks for a stronger sign-in where the provider does, and keeps the session', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = () =>
    Response.json(
      { error: 'invalid_grant', suberror: 'basic_action', claims: '{}' },
      { status: 400 },
    )
  clock.advance(61)

  const answer = await browser.fetch('/api/notes')
  const session = await browser.fetch('/auth/session')

  expect(await answer.json()).toMatchObject({ code: 'step_up_required', status: 401 })
  expect(await session.json()).toMatchObject({ authenticated: true })
})

test('waits longer after each failure, and asks a provider that is down once for all users', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  const { browser, provider, clock } = world
  const other = browser.with(new Map())
  await other.navigate('/auth/login')
  provider.tokenAnswer = () => new Response(null, { status: 503 })
  clock.advance(61)

  await browser.fetch('/api/notes')
  const meanwhile = await other.fetch('/api/notes')
  const asked = provider.tokenRequests('refresh_token')
  clock.advance(2)
  await other.fetch('/api/notes')
  clock.advance(1)
  await browser.fetch('/api/notes')

  expect(meanwhile.status).toBe(503)
  expect(asked).toBe(1)
  expect(provider.tokenRequests('refresh_token')).toBe(2)
})

test('a vague refusal is asked for again, and ends the session when it is repeated', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = () => new Response(null, { status: 400 })
  clock.advance(61)

  const answer = await browser.fetch('/api/notes')

  expect(await answer.json()).toMatchObject({ code: 'session_ended' })
  expect(provider.tokenRequests('refresh_token')).toBe(2)
})

test('vague refusals of many sessions at once are our own fault, and end none of the later ones', async () => {
  const { browser, provider, clock, eventsNamed } = await signedInTestBff({
    accessTokenSeconds: 60,
  })
  const browsers = [browser, ...Array.from({ length: 4 }, () => browser.with(new Map()))]
  for (const each of browsers.slice(1)) await each.navigate('/auth/login')
  provider.tokenAnswer = () => Response.json({ error: 'invalid_request' }, { status: 400 })
  clock.advance(61)

  const statuses: number[] = []
  for (const each of browsers) {
    statuses.push((await each.fetch('/api/notes')).status)
    clock.advance(10)
  }

  expect(statuses).toEqual([401, 401, 503, 503, 503])
  expect(eventsNamed('refusals-en-masse').length).toBeGreaterThan(0)
})

test('a token that the API refuses before its time is renewed once, and the call made again', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 3600 })
  const { browser, provider, clock, apiCalls } = world
  const revoked = provider.issued.find((token) => token.startsWith('access-')) ?? ''
  world.api = (request) =>
    request.headers.get('Authorization') === `Bearer ${revoked}`
      ? new Response(null, { status: 401 })
      : Response.json({ ok: true })
  clock.advance(10)

  const answers = await Promise.all(Array.from({ length: 5 }, () => browser.fetch('/api/notes')))
  const next = await browser.fetch('/api/notes')

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(next.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(apiCalls).toHaveLength(11)
})

test('a call with a body is not made twice, and a 401 that stays is the API’s own', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 3600 })
  world.api = () => new Response('no', { status: 401 })
  world.clock.advance(10)

  const post = await world.browser.fetch('/api/notes', { method: 'POST', body: 'x' })
  const postCalls = world.apiCalls.length
  const get = await world.browser.fetch('/api/notes')
  const again = await world.browser.fetch('/api/notes')

  expect([post.status, get.status, again.status]).toEqual([401, 401, 401])
  expect(postCalls).toBe(1)
  expect(await get.text()).toBe('no')
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('two instances on one store renew once', async () => {
  const store = memoryStore({
    now: () => Math.floor(Date.now() / 1000),
    milliseconds: () => Date.now(),
  })
  const world = await signedInTestBff({ accessTokenSeconds: 60, store })
  const other = anotherInstance(world, { store })
  const there = other.browser(world.browser.cookies())
  world.clock.advance(61)

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? there : world.browser).fetch('/api/notes'),
    ),
  )

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('a renewal that the store does not take at first is not lost', async () => {
  const clock = { now: () => Math.floor(Date.now() / 1000), milliseconds: () => Date.now() }
  const inner = memoryStore(clock)
  let cut = false
  const store = {
    ...inner,
    keyValue: {
      ...inner.keyValue,
      replace: (...values: Parameters<typeof inner.keyValue.replace>) =>
        cut && values[0].startsWith('successor/')
          ? Promise.reject(new Error('cut off'))
          : inner.keyValue.replace(...values),
    },
  }
  const world = await signedInTestBff({ accessTokenSeconds: 60, store })
  const oldCookies = world.browser.cookies()
  cut = true
  world.clock.advance(61)

  const first = await world.browser.fetch('/api/notes')
  const late = await world.browser.with(oldCookies).fetch('/api/notes')
  cut = false
  const other = anotherInstance(world, { store })
  await expect
    .poll(async () => (await other.browser(oldCookies).fetch('/auth/session')).text(), {
      timeout: 3000,
    })
    .toContain('"refreshCount":1')

  expect([first.status, late.status]).toEqual([200, 200])
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('keys that can’t be had during a refresh do not cost the session', async () => {
  const { browser, provider, clock, internet } = await signedInTestBff({
    accessTokenSeconds: 60,
    session: { secrets: [secret], idleSeconds: 7200 },
  })
  const fetchNow = provider.app.fetch
  internet.host(issuer, (request) =>
    new URL(request.url).pathname === '/jwks'
      ? new Response(null, { status: 503 })
      : fetchNow(request),
  )
  // The keys of the sign-in are forgotten with the metadata, after an hour.
  clock.advance(3700)
  await browser.fetch('/auth/session')

  const answers = [await browser.fetch('/api/notes')]
  clock.advance(61)
  answers.push(await browser.fetch('/api/notes'))

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
})

test('of many refreshes that fail together only one counts', () => {
  let milliseconds = 1_000_000
  const clock = {
    now: () => Math.floor(milliseconds / 1000),
    milliseconds: () => milliseconds,
  }
  const backoff = providerBackoff(clock, 'provider-refresh', {})

  for (const _ of Array.from({ length: 20 })) backoff.failed(null)
  const afterMany = backoff.waitSeconds()
  backoff.failed(120)
  backoff.failed(null)
  const asked = backoff.waitSeconds()
  milliseconds += 121_000

  expect(afterMany).toBeLessThanOrEqual(2)
  expect(asked).toBe(120)
  expect(backoff.waitSeconds()).toBe(0)
})

test('a stop waits for the renewals under way, so that none is lost', async () => {
  const { browser, bff, provider, clock } = await signedInTestBff({ accessTokenSeconds: 150 })
  const gate = Promise.withResolvers<void>()
  clock.advance(110)
  provider.tokenAnswer = async () => {
    await gate.promise
    return Response.json({ access_token: 'late', token_type: 'Bearer', expires_in: 60 })
  }
  await browser.fetch('/api/notes')
  await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)
  let closed = false

  const closing = bff.close().then(() => (closed = true))
  await new Promise((resolve) => setImmediate(resolve))
  const closedEarly = closed
  gate.resolve()
  await closing

  expect(closedEarly).toBe(false)
})

test.for([
  ['is good', undefined],
  ['can’t be read', 'no ID token'],
])(
  'a refresh that a step-up overtakes does the new session no harm, at a provider that revokes all of a user: its answer %s',
  async ([, idToken]) => {
    const { browser, clock, provider, internet } = await signedInTestBff({
      accessTokenSeconds: 150,
    })
    provider.habits.revokes = 'whole-user'
    const gate = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    internet.host(issuer, async (request) => {
      const isRefresh = (await request.clone().text()).includes('grant_type=refresh_token')
      const answer = await provider.app.fetch(request)
      if (!isRefresh) return answer
      await gate.promise
      answered.resolve()
      return idToken === undefined
        ? answer
        : Response.json({ ...((await answer.json()) as object), id_token: idToken })
    })
    clock.advance(110)
    await browser.fetch('/api/notes')
    await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)

    await browser.navigate('/auth/login')
    gate.resolve()
    await answered.promise
    await pause(100)

    expect(provider.revocations).toEqual([])
    expect((await browser.fetch('/api/notes')).status).toBe(200)
  },
)

test('an answer whose ID token can’t be read loses no refresh token, on any instance', async () => {
  const store = memoryStore(systemClock)
  const world = await signedInTestBff({ store, accessTokenSeconds: 60 })
  const { browser, clock, provider } = world
  const other = anotherInstance(world, { store }).browser(browser.cookies())
  clock.advance(61)
  provider.idTokenClaims = { sub: undefined }

  const unread = await browser.fetch('/api/notes')
  provider.idTokenClaims = {}
  clock.advance(2)
  const answers = [await other.fetch('/api/notes'), await browser.fetch('/api/notes')]

  expect(unread.status).toBe(503)
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(provider.tokenRequests('refresh_token')).toBe(2)
})

test('what an unreadable answer brings after the sign-out is revoked', async () => {
  const { browser, clock, internet, provider } = await signedInTestBff({ accessTokenSeconds: 60 })
  const elsewhere = browser.with(browser.cookies())
  clock.advance(61)
  provider.idTokenClaims = { sub: undefined }
  internet.host(issuer, async (request) => {
    const answer = await provider.app.fetch(request)
    if (request.url.endsWith('/token')) await elsewhere.fetch('/auth/logout', { method: 'POST' })
    return answer
  })

  await browser.fetch('/api/notes')

  const came = provider.issued.filter((token) => token.startsWith('refresh-')).at(-1)
  expect(provider.revocations).toContain(came)
})
