import { expect, test } from 'vitest'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { issuer, secret, signedInTestBff, testBff } from '../testing/test-bff.ts'

const serverMode = { session: { secrets: [secret], mode: 'server' } } as const

interface Listed {
  readonly sessions: readonly {
    readonly id: string
    readonly current: boolean
    readonly browser: string
    readonly device: string
  }[]
}

test('the cookie is a small ticket, whatever the session holds', async () => {
  const { browser, provider } = await testBff(serverMode)
  provider.idTokenClaims = { picture: `https://example.com/${'x'.repeat(20_000)}` }

  await browser.navigate('/auth/login')
  const session = await browser.fetch('/auth/session')
  const call = await browser.fetch('/api/notes')

  const [[name = '', cookie] = []] = browser.cookies()
  expect(browser.cookies().size).toBe(1)
  expect(name).toBe('__Host-Http-strongroom')
  expect(cookie?.value.length).toBeLessThan(600)
  expect(await session.json()).toMatchObject({ authenticated: true, user: { sub: 'ada' } })
  expect(call.status).toBe(200)
})

test('the store holds nothing readable, and nothing that the server’s secret alone opens', async () => {
  const clock = { now: () => Math.floor(Date.now() / 1000), milliseconds: () => Date.now() }
  const inner = memoryStore(clock)
  const values: string[] = []
  const { provider } = await signedInTestBff({
    ...serverMode,
    store: {
      ...inner,
      keyValue: {
        ...inner.keyValue,
        set: (key, value, ttlSeconds) => {
          values.push(`${key}=${value}`)
          return inner.keyValue.set(key, value, ttlSeconds)
        },
      },
    },
  })

  const [session = ''] = values.filter((value) => value.startsWith('session/'))
  expect(session).toMatch(/^session\/[\w-]{22}=ticket\./)
  expect(provider.issued.filter((token) => values.join('\n').includes(token))).toEqual([])
})

test('renews once for many calls, and the cookie stays the same', async () => {
  const { browser, provider, clock } = await signedInTestBff({
    ...serverMode,
    accessTokenSeconds: 60,
  })
  const before = browser.cookies()
  clock.advance(61)

  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch('/api/notes')))
  const later = await browser.fetch('/api/notes')

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(later.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(browser.cookies()).toEqual(before)
})

test('remembers the renewed session at once, not only when the API has answered', async () => {
  const world = await signedInTestBff({ ...serverMode, accessTokenSeconds: 60 })
  const gate = Promise.withResolvers<Response>()
  world.api = () => gate.promise
  world.clock.advance(61)
  const slow = world.browser.fetch('/api/slow')
  await expect.poll(() => world.apiCalls.length).toBe(1)
  world.clock.advance(70)
  world.api = () => Response.json({})

  const next = await world.browser.fetch('/api/notes')
  gate.resolve(Response.json({}))
  await slow

  expect(next.status).toBe(200)
  expect(world.provider.tokenRequests('refresh_token')).toBe(2)
})

test('signing out takes the session off the server and kills every copy of the ticket', async () => {
  const { browser, provider } = await signedInTestBff(serverMode)
  const copied = browser.cookies()

  await browser.fetch('/auth/logout', { method: 'POST' })
  const thief = await browser.with(copied).fetch('/api/notes')

  expect(thief.status).toBe(401)
  expect(browser.cookies().size).toBe(0)
  expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
})

test('an answer that was on its way does not bring the session back', async () => {
  const world = await signedInTestBff({ ...serverMode, accessTokenSeconds: 300 })
  const copied = world.browser.cookies()
  const gate = Promise.withResolvers<Response>()
  world.api = () => gate.promise
  world.clock.advance(200)
  const underWay = world.browser.fetch('/api/notes')
  await expect.poll(() => world.apiCalls.length).toBe(1)

  await world.browser.fetch('/auth/logout', { method: 'POST' })
  gate.resolve(Response.json({}))
  await underWay

  expect((await world.browser.with(copied).fetch('/api/notes')).status).toBe(401)
})

test('an idle session ends, and activity keeps it alive', async () => {
  const { browser, clock } = await signedInTestBff({ ...serverMode, accessTokenSeconds: 36_000 })

  for (const _ of [1, 2, 3]) {
    clock.advance(1700)
    expect((await browser.fetch('/api/notes')).status).toBe(200)
  }
  clock.advance(1801)

  expect((await browser.fetch('/api/notes')).status).toBe(401)
})

test('hears 503 while the store is cut off, and keeps its cookie', async () => {
  const clock = { now: () => Math.floor(Date.now() / 1000), milliseconds: () => Date.now() }
  const inner = memoryStore(clock)
  let cut = false
  const world = await signedInTestBff({
    ...serverMode,
    store: {
      ...inner,
      keyValue: {
        ...inner.keyValue,
        get: (key) => (cut ? Promise.reject(new Error('cut off')) : inner.keyValue.get(key)),
      },
    },
  })
  cut = true

  const call = await world.browser.fetch('/api/notes')
  const session = await world.browser.fetch('/auth/session')
  cut = false
  world.clock.advance(2)
  const after = await world.browser.fetch('/api/notes')

  expect([call.status, session.status, after.status]).toEqual([503, 503, 200])
  expect(await call.json()).toMatchObject({ code: 'store_unavailable' })
  expect(world.browser.cookies().size).toBe(1)
})

test('a cookie of the other mode opens nothing', async () => {
  const cookieMode = await signedInTestBff()
  const world = await testBff(serverMode)

  const answer = await world.browser.with(cookieMode.browser.cookies()).fetch('/auth/session')

  expect(await answer.json()).toEqual({ authenticated: false })
})

for (const mode of ['cookie', 'server'] as const) {
  test(`in ${mode} mode a user sees their sessions, and ends one of them`, async () => {
    const world = await testBff({ session: { secrets: [secret], mode } })
    const laptop = world.browser
    const phone = world.browser.with(new Map())
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
    await laptop.navigate('/auth/login', { headers: { 'User-Agent': firefox } })
    world.clock.advance(5)
    await phone.navigate('/auth/login')

    const { sessions } = (await (await laptop.fetch('/auth/sessions')).json()) as Listed
    const other = sessions.find(({ current }) => !current)
    const gone = await laptop.fetch(`/auth/sessions/${other?.id}`, { method: 'DELETE' })
    const again = await laptop.fetch(`/auth/sessions/${other?.id}`, { method: 'DELETE' })

    expect(sessions).toHaveLength(2)
    expect(sessions.find(({ current }) => current)).toMatchObject({
      browser: 'Firefox',
      device: 'desktop, Linux',
    })
    expect(gone.status).toBe(204)
    expect(again.status).toBe(404)
    expect((await phone.fetch('/api/notes')).status).toBe(401)
    expect((await laptop.fetch('/api/notes')).status).toBe(200)
  })
}

test('nobody ends a session of somebody else', async () => {
  const world = await signedInTestBff()
  world.provider.sub = 'mallory'
  const mallory = world.browser.with(new Map())
  await mallory.navigate('/auth/login')
  const { sessions } = (await (await world.browser.fetch('/auth/sessions')).json()) as Listed

  const answer = await mallory.fetch(`/auth/sessions/${sessions[0]?.id}`, { method: 'DELETE' })

  expect(answer.status).toBe(404)
  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
})

test('a provider that is down does not keep a session on the server from being used', async () => {
  const { browser, internet } = await signedInTestBff(serverMode)
  internet.unplug(issuer)

  expect((await browser.fetch('/api/notes')).status).toBe(200)
})
