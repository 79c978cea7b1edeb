import { expect, test } from 'vitest'
import { signedInTestBff } from '../testing/test-bff.ts'

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

test('without the memory of renewed sessions a late call loses the session', async () => {
  const { browser, clock } = await signedInTestBff({
    accessTokenSeconds: 60,
    session: { secrets: ['correct horse battery staple and then some'], replaySeconds: 0 },
  })
  const oldCookies = browser.cookies()
  clock.advance(61)
  await browser.fetch('/api/notes')

  const late = await browser.with(oldCookies).fetch('/api/notes')
  const next = await browser.fetch('/api/notes')

  expect([late.status, next.status]).toEqual([401, 401])
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
  ['invalid_client', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
]

test.for(weather)('keeps the session while the token endpoint answers %s', async ([, answer]) => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = answer
  clock.advance(61)

  const during = await browser.fetch('/api/notes')
  const degraded = await browser.fetch('/auth/session')
  provider.tokenAnswer = null
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
