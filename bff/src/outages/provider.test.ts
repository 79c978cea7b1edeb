import { expect, onTestFinished, test, vi } from 'vitest'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { issuer, secret, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const signOut = { method: 'POST' } as const

/** What a provider does that is in trouble, how long it asks to wait if it does, and what it answers. */
type Weather = readonly [string, string | null, () => Response | Promise<Response>]

const down: readonly Weather[] = [
  ['refuses connections', null, () => Promise.reject(new TypeError('fetch failed'))],
  ['answers 500', null, () => new Response('oops', { status: 500 })],
  [
    'answers 503 with Retry-After',
    '17',
    () => new Response(null, { status: 503, headers: { 'Retry-After': '17' } }),
  ],
  [
    'answers 429 with Retry-After',
    '17',
    () => new Response(null, { status: 429, headers: { 'Retry-After': '17' } }),
  ],
]

const weather: readonly Weather[] = [
  ...down,
  [
    'answers a page',
    null,
    () => new Response('<p>hello</p>', { headers: { 'Content-Type': 'text/html' } }),
  ],
  [
    'answers broken JSON',
    null,
    () => new Response('{"keys":', { headers: { 'Content-Type': 'application/json' } }),
  ],
]

test.for(weather)(
  'a person who wants to sign in gets a page while discovery %s, and signs in afterwards',
  async ([, retryAfter, answer]) => {
    const world = await testBff()
    answerAt(world, '/.well-known/openid-configuration', answer)

    const during = await world.browser.navigate('/auth/login?return_to=/notes')
    const left = world.browser.cookies().size
    answerAt(world, null)
    world.clock.advance(5)
    const after = await world.browser.navigate('/auth/login?return_to=/notes')

    expect(during.response.status).toBe(503)
    expect(await during.response.text()).toContain('The sign-in service can’t be reached')
    expect(during.response.headers.get('Retry-After')).toBe(retryAfter ?? '5')
    expect(left).toBe(0)
    expect(after.url.pathname).toBe('/notes')
  },
)

test.for(weather)(
  'a person who comes back from the provider gets a page while the keys’ address %s',
  async ([, , answer]) => {
    const world = await testBff()
    answerAt(world, '/jwks', answer)

    const { response } = await world.browser.navigate('/auth/login')
    answerAt(world, null)
    world.clock.advance(5)
    const again = await world.browser.navigate('/auth/login')

    expect(response.status).toBe(400)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(await isSignedIn(world.browser)).toBe(true)
    expect(again.url.pathname).toBe('/')
  },
)

test.for(weather)(
  'a person who comes back from the provider gets a page while its token endpoint %s, and keeps the session from before',
  async ([, retryAfter, answer]) => {
    const world = await signedInTestBff()
    const before = world.browser.cookies()
    answerAt(world, '/token', answer)

    const { response } = await world.browser.navigate('/auth/login')

    expect(response.status).toBe(400)
    expect(response.headers.get('Retry-After')).toBe(retryAfter ?? '5')
    expect(world.browser.cookies()).toEqual(before)
    expect((await world.browser.fetch('/api/notes')).status).toBe(200)
    expect(world.provider.revocations).toEqual([])
  },
)

test.for(weather)(
  'nobody notices that the token endpoint %s while their token is valid, and it is renewed afterwards',
  async ([, , answer]) => {
    const world = await signedInTestBff({ accessTokenSeconds: 300 })
    const { browser, clock, provider } = world
    answerAt(world, '/token', answer)
    clock.advance(250)

    const during = await browser.fetch('/api/notes')
    await expect.poll(() => world.eventsNamed('refresh-failed')).toHaveLength(1)
    const meanwhile = await browser.fetch('/api/notes')
    answerAt(world, null)
    clock.advance(18)
    await browser.fetch('/api/notes')

    expect([during.status, meanwhile.status]).toEqual([200, 200])
    await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)
    expect(await isSignedIn(browser)).toBe(true)
    expect(provider.revocations).toEqual([])
  },
)

test.for(weather)(
  'a call whose token is over hears 503 while the provider %s, and goes on afterwards',
  async ([, retryAfter, answer]) => {
    const world = await signedInTestBff({ accessTokenSeconds: 60 })
    const { browser, clock, provider } = world
    answerAt(world, '/token', answer)
    clock.advance(61)

    const during = await browser.fetch('/api/notes')
    const kept = await isSignedIn(browser)
    answerAt(world, null)
    clock.advance(18)
    const after = await browser.fetch('/api/notes')

    expect(during.status).toBe(503)
    expect(await during.json()).toMatchObject({ code: 'provider_unavailable' })
    expect(during.headers.get('Retry-After')).toBe(retryAfter ?? '5')
    expect(kept).toBe(true)
    expect(after.status).toBe(200)
    expect(provider.revocations).toEqual([])
    expect(world.eventsNamed('session-ended')).toEqual([])
  },
)

test('nobody who signs in waits for the tokens of the user before to be revoked', async () => {
  const world = await signedInTestBff()
  const gate = Promise.withResolvers<void>()
  world.internet.host(issuer, async (request) => {
    if (new URL(request.url).pathname === '/revoke') await gate.promise
    return world.provider.app.fetch(request)
  })
  world.provider.sub = 'grace'
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())

  const { url } = await world.browser.navigate('/auth/login?return_to=/notes')
  const revokedBefore = [...world.provider.revocations]
  gate.resolve()

  expect(url.pathname).toBe('/notes')
  expect(revokedBefore).toEqual([])
  await vi.waitFor(() => expect(world.provider.revocations).toHaveLength(2))
})

test.for(down)(
  'a sign-out ends the session here while revocation %s, and the tokens are revoked later',
  async ([, , answer]) => {
    const world = await signedInTestBff()
    const { browser, bff, clock, provider } = world
    const copied = browser.cookies()
    answerAt(world, '/revoke', answer)

    const receipt = await browser.fetch('/auth/logout', signOut)
    const copy = await browser.with(copied).fetch('/api/notes')
    answerAt(world, null)
    clock.advance(60)
    await bff.drainRevocations()

    expect(await receipt.json()).toMatchObject({
      location: expect.stringContaining(`${issuer}/end-session`) as string,
      receipt: { session: 'ended', refreshToken: 'queued', accessToken: 'queued' },
    })
    expect(browser.cookies().size).toBe(0)
    expect(copy.status).toBe(401)
    expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
  },
)

test('a person who wants to sign in waits eight seconds for a provider that is silent, and then gets a page', async () => {
  const world = await testBff()
  const { browser } = world
  const asked = silenceAt(world, '/.well-known/openid-configuration')
  const timers = handTimers()

  const signIn = browser.navigate('/auth/login')
  await expect.poll(asked).toBe(1)
  await timers(8)
  const { response } = await signIn

  expect(response.status).toBe(503)
  expect(await response.text()).toContain('The sign-in service can’t be reached')
  expect(browser.cookies().size).toBe(0)
})

test('a person who comes back waits eight seconds for the tokens, and signs in at the next try', async () => {
  const world = await testBff()
  const { browser, provider } = world
  const gate = Promise.withResolvers<void>()
  let asked = 0
  answerAt(world, '/token', async (request) => {
    asked += 1
    await gate.promise
    return provider.app.fetch(request)
  })
  const timers = handTimers()

  const signIn = browser.navigate('/auth/login')
  await expect.poll(() => asked).toBe(1)
  await timers(8)
  const { response } = await signIn
  gate.resolve()
  vi.useRealTimers()
  const left = browser.cookies().size
  await browser.navigate('/auth/login')

  expect(response.status).toBe(400)
  expect(response.headers.get('Retry-After')).toBe('5')
  expect(left).toBe(0)
  expect(await isSignedIn(browser)).toBe(true)
  expect(provider.revocations).toEqual([])
})

test('calls wait ten seconds in all for a renewal that is silent, later ones hear 503 at once, and what it brings is used', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  const { browser, clock, provider } = world
  const gate = Promise.withResolvers<void>()
  let asked = 0
  answerAt(world, '/token', async (request) => {
    asked += 1
    await gate.promise
    return provider.app.fetch(request)
  })
  clock.advance(61)
  const timers = handTimers()

  const waiting = [browser.fetch('/api/notes'), browser.fetch('/api/notes')]
  await expect.poll(() => asked).toBe(1)
  await timers(10)
  const waited = await Promise.all(waiting)
  const atOnce = await browser.fetch('/api/notes')
  gate.resolve()
  vi.useRealTimers()
  await expect.poll(() => world.eventsNamed('refreshed')).toHaveLength(1)
  const after = await browser.fetch('/api/notes')

  expect([...waited, atOnce].map(({ status }) => status)).toEqual([503, 503, 503])
  expect(after.status).toBe(200)
  expect(asked).toBe(1)
})

test('nobody waits for a renewal that is silent while their token is valid', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 300 })
  const asked = silenceAt(world, '/token')
  world.clock.advance(250)
  handTimers()

  const answers = [
    await world.browser.fetch('/api/notes'),
    await world.browser.fetch('/api/notes'),
    await world.browser.fetch('/auth/session'),
  ]

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  await expect.poll(asked).toBe(1)
})

test('a sign-out waits two seconds in all for a revocation that is silent, and both tokens are queued', async () => {
  const world = await signedInTestBff()
  const { browser } = world
  const asked = silenceAt(world, '/revoke')
  const timers = handTimers()

  const signingOut = browser.fetch('/auth/logout', signOut)
  await expect.poll(asked).toBe(1)
  await timers(2)
  const answer = await signingOut

  expect(await answer.json()).toMatchObject({
    receipt: { session: 'ended', refreshToken: 'queued', accessToken: 'queued' },
  })
  expect(asked()).toBe(1)
  expect(browser.cookies().size).toBe(0)
})

test('what is known of the provider serves on while it is silent, however old: nobody waits', async () => {
  const world = await signedInTestBff({
    accessTokenSeconds: 60,
    session: { secrets: [secret], idleSeconds: 7200 },
  })
  const asked = silenceAt(world, '/.well-known/openid-configuration')
  world.clock.advance(3700)
  handTimers()

  const call = await world.browser.fetch('/api/notes')
  const { way } = await world.browser.with(new Map()).navigate('/auth/login')
  const receipt = await world.browser.fetch('/auth/logout', signOut)

  expect(call.status).toBe(200)
  expect(way.at(-1)).toBe('https://app.example.com/')
  expect(await receipt.json()).toMatchObject({
    location: expect.stringContaining('/end-session') as string,
    receipt: { refreshToken: 'revoked', providerSession: 'continue-at-location' },
  })
  expect(asked()).toBe(1)
})

test('a sign-out leads home when nothing is known of a provider that is down', async () => {
  const world = await signedInTestBff()
  const restarted = await testBff()
  restarted.internet.unplug(issuer)

  const answer = await restarted.browser
    .with(world.browser.cookies())
    .fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({
    location: '/',
    receipt: { session: 'ended', refreshToken: 'queued', providerSession: 'unsupported' },
  })
})

/** Puts an answer in the place of one endpoint; null puts the provider back. */
function answerAt(
  { internet, provider }: TestBff,
  path: string | null,
  answer: (request: Request) => Response | Promise<Response> = () => Response.error(),
): void {
  internet.host(issuer, (request) =>
    new URL(request.url).pathname === path ? answer(request) : provider.app.fetch(request),
  )
}

/** @returns how often it was asked */
function silenceAt(world: TestBff, path: string): () => number {
  let asked = 0
  answerAt(world, path, () => {
    asked += 1
    return new Promise(() => {})
  })
  return () => asked
}

/** From here on no timer runs by itself. */
function handTimers(): (seconds: number) => Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return (seconds) => vi.advanceTimersByTimeAsync(seconds * 1000)
}
