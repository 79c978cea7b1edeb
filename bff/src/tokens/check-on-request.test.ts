import { sessionViewSchema } from '@strongroom/client/schemas'
import { expect, test } from 'vitest'
import { changed, saying } from '../testing/hostile-answers.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import { signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

type AnyWorld = Pick<TestBff | HostileTestBff, 'browser'>

async function check({ browser }: AnyWorld) {
  const answer = await browser.fetch('/auth/session?check=provider')
  return sessionViewSchema.parse(await answer.json())
}

async function session({ browser }: AnyWorld) {
  return sessionViewSchema.parse(await (await browser.fetch('/auth/session')).json())
}

test('tells what the provider says now, and when it was asked, without an option for it', async () => {
  const world = await signedInTestBff()
  world.clock.advance(5)

  const checked = await check(world)
  const later = await session(world)

  expect(checked).toMatchObject({
    authenticated: true,
    check: { state: 'active', askedAt: world.clock.now() },
  })
  expect(later).not.toHaveProperty('check')
})

test('a token that was revoked ends the session, and the answer says so', async () => {
  const world = await signedInTestBff()
  world.provider.withdrawAccessTokens()

  const checked = await check(world)
  const call = await world.browser.fetch('/api/notes')

  expect(checked).toMatchObject({ authenticated: false, check: { state: 'inactive' } })
  expect(await call.json()).toMatchObject({ code: 'session_ended', reason: 'token-revoked' })
  expect(world.eventsNamed('session-ended')).toMatchObject([{ end: 'token-revoked' }])
})

test('a token that is over is renewed, which is an answer, too', async () => {
  const world = await signedInTestBff()
  world.clock.advance(301)
  const good = await check(world)
  world.clock.advance(301)
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })

  const over = await check(world)

  expect(good).toMatchObject({ check: { state: 'active' }, token: { refreshCount: 1 } })
  expect(over).toMatchObject({ authenticated: false, check: { state: 'inactive' } })
})

test('a provider that can’t be asked ends nothing', async () => {
  const world = await hostileTestBff()
  await world.signIn()
  world.provider.answers.introspection = saying(500, {})

  expect(await check(world)).toMatchObject({
    authenticated: true,
    check: { state: 'unavailable' },
  })
  expect(await session(world)).toMatchObject({ authenticated: true })
})

test('a provider with nobody to ask is said to have none', async () => {
  const world = await testBff()
  world.provider.metadata = { introspection_endpoint: undefined }
  await world.browser.navigate('/auth/login')

  expect(await check(world)).toMatchObject({ authenticated: true, check: { state: 'unsupported' } })
})

test('what userinfo tells of the user now is kept, and the session lasts no longer for it', async () => {
  const world = await hostileTestBff()
  await world.signIn()
  const before = await session(world)
  world.provider.userinfoClaims = { name: 'Ada King', email: 'ada@example.com' }
  world.clock.advance(300 - 61)

  const checked = await check(world)
  const after = await session(world)

  const user = { sub: 'ada', name: 'Ada King', email: 'ada@example.com' }
  expect(before).toMatchObject({ user: { name: 'Ada Lovelace' } })
  expect(checked).toMatchObject({ user })
  expect(after).toMatchObject({ user })
  const times = (view: typeof after) =>
    view.authenticated && [view.session.expiresAt, view.session.idleExpiresAt]
  expect(times(after)).toEqual(times(before))
})

test('userinfo about another user ends the session', async () => {
  const world = await hostileTestBff()
  await world.signIn()
  world.provider.answers.userinfo = changed({ sub: 'mallory', name: 'Mallory' })

  const checked = await check(world)

  expect(checked).toMatchObject({ authenticated: false, check: { state: 'inactive' } })
  expect(world.eventsNamed('session-ended')).toMatchObject([{ detail: 'another sub' }])
})

test.for([
  ['a token that is good', 0],
  ['one that is renewed for it', 301],
] as const)(
  'claims that don’t fit into the cookie leave those that are there, and the answer stands: %s',
  async ([, seconds]) => {
    const world = await hostileTestBff()
    await world.signIn()
    world.provider.userinfoClaims = { name: 'Ada King', picture: 'x'.repeat(20_000) }
    world.clock.advance(seconds)

    const checked = await check(world)
    world.clock.advance(120)
    const after = await session(world)

    const user = { sub: 'ada', name: 'Ada Lovelace' }
    expect(checked).toMatchObject({ user, check: { state: 'active' } })
    expect(after).toMatchObject({ user, token: { refreshCount: seconds > 0 ? 1 : 0 } })
    expect(world.eventsNamed('session-large')).toMatchObject([{ bytes: expect.any(Number) }])
  },
)

test('userinfo is left alone where the options say never', async () => {
  const world = await hostileTestBff({ userinfo: 'never' })
  await world.signIn()

  expect(await check(world)).toMatchObject({ check: { state: 'active' } })
  expect(world.provider.requests).not.toContain('GET /userinfo')
})

test('a check that is answered after the sign-out does not bring the session back', async () => {
  const world = await hostileTestBff()
  await world.signIn()
  world.provider.answers.userinfo = async (response, usual) => {
    await world.browser.with(world.browser.cookies()).fetch('/auth/logout', { method: 'POST' })
    changed({ name: 'Ada King' })(response, usual)
  }

  const checking = await world.browser.fetch('/auth/session?check=provider')

  expect(checking.headers.getSetCookie()).toEqual([])
  expect(await session(world)).toEqual({ authenticated: false })
})

test('nobody who is not signed in has the provider asked', async () => {
  const world = await testBff()

  expect(await check(world)).toEqual({ authenticated: false })
  expect(world.provider.introspections).toEqual([])
})

test('a network that asks too often is refused, and the provider is left alone', async () => {
  const { bff, browser, provider } = await signedInTestBff({ rateLimitPerMinute: 3 })
  const cookies = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
  const headers = { 'X-CSRF': '1', Cookie: cookies.join('; ') }
  const sender = { incoming: { socket: { remoteAddress: '203.0.113.7' } }, outgoing: {} } as never

  const statuses = []
  for (let call = 0; call < 5; call += 1) {
    const { status } = await bff.app.request('/auth/session?check=provider', { headers }, sender)
    statuses.push(status)
  }
  const plain = await bff.app.request('/auth/session', { headers }, sender)

  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect(plain.status).toBe(200)
  expect(provider.introspections).toHaveLength(3)
})

test('another check than that is refused', async () => {
  const world = await signedInTestBff()

  const answer = await world.browser.fetch('/auth/session?check=everything')

  expect(answer.status).toBe(400)
})
