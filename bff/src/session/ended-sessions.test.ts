import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerWith } from '../base/sealer.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import { breakableStore } from '../testing/breakable-store.ts'
import { startRedisServer } from '../testing/redis-server.ts'
import {
  anotherInstance,
  baseOptions,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'
import { endedSessions } from './ended-sessions.ts'
import type { Session } from './session.ts'

const signOut = { method: 'POST' } as const

test('a call with a valid token asks nothing of the store', async () => {
  const store = breakableStore()
  const { browser } = await signedInTestBff({ store })
  await expect.poll(() => store.asked.includes('since')).toBe(true)
  store.asked.length = 0

  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch('/api/notes')))

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  // The replica hears the journal by its own clock, whether anybody calls or not.
  expect(store.asked.filter((name) => name !== 'since')).toEqual([])
})

test('a sign-out on one instance kills the copied cookie on another within a second', async () => {
  const store = breakableStore()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  const copied = world.browser.cookies()
  const before = await other.browser(copied).fetch('/api/notes')

  await world.browser.fetch('/auth/logout', signOut)

  expect(before.status).toBe(200)
  await expect
    .poll(async () => (await other.browser(copied).fetch('/api/notes')).status, { timeout: 1000 })
    .toBe(401)
})

test('ends every session of a user that began before, and none that begins after', async () => {
  const store = breakableStore()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  const phone = other.browser(new Map())
  await phone.navigate('/auth/login')
  const copied = [world.browser.cookies(), phone.cookies()]
  world.clock.advance(0.001)

  const ended = await world.browser.fetch('/auth/sessions', { method: 'DELETE' })
  world.clock.advance(0.001)
  await phone.navigate('/auth/login')

  expect(ended.status).toBe(204)
  expect((await phone.fetch('/api/notes')).status).toBe(200)
  for (const cookies of copied) {
    await expect
      .poll(async () => (await other.browser(cookies).fetch('/api/notes')).status, {
        timeout: 1000,
      })
      .toBe(401)
    expect((await world.browser.with(cookies).fetch('/api/notes')).status).toBe(401)
  }
})

test('a copy of a cookie that has idled does no harm to the session that is used', async () => {
  const { browser, clock, provider } = await signedInTestBff({ accessTokenSeconds: 36_000 })
  const copied = browser.cookies()
  clock.advance(1000)
  await browser.fetch('/api/notes')
  clock.advance(900)

  const copy = await browser.with(copied).fetch('/api/notes')
  await browser.fetch('/auth/session')

  expect(copy.status).toBe(401)
  expect(provider.revocations).toEqual([])
  expect((await browser.fetch('/api/notes')).status).toBe(200)
})

test.for(['cookie', 'server'] as const)(
  'an old copy of a session that was replaced takes nothing along: sessions of the mode %s',
  async (mode) => {
    const world = await signedInTestBff({
      accessTokenSeconds: 36_000,
      session: { ...baseOptions.session, mode },
    })
    const { browser, clock, provider } = world
    provider.habits.revokes = 'whole-user'
    const copied = browser.cookies()
    clock.advance(1000)
    await browser.navigate('/auth/login')
    clock.advance(900)

    const copy = await browser.with(copied).fetch('/api/notes')
    await aMoment()

    expect(copy.status).toBe(401)
    expect(provider.revocations).toEqual([])
    expect((await browser.fetch('/api/notes')).status).toBe(200)
  },
)

test('nor does one of a session that was signed out, where the user has signed in again', async () => {
  const { browser, clock, provider } = await signedInTestBff({ accessTokenSeconds: 36_000 })
  const copied = browser.cookies()
  await browser.fetch('/auth/logout', signOut)
  const { length } = provider.revocations
  clock.advance(1900)
  await browser.navigate('/auth/login')

  await browser.with(copied).fetch('/api/notes')
  await aMoment()

  expect(provider.revocations).toHaveLength(length)
})

/** Nobody waits for what an old cookie sets off. */
async function aMoment(): Promise<void> {
  await pause(50)
}

test('a session that idled out takes its tokens along when its cookie shows up', async () => {
  const { browser, clock, provider } = await signedInTestBff({ accessTokenSeconds: 36_000 })
  clock.advance(1801)

  await browser.fetch('/auth/session')

  await expect.poll(() => provider.revocations.length).toBe(2)
})

test('revokes the tokens of the session that signs out everywhere', async () => {
  const { browser, provider } = await signedInTestBff()

  await browser.fetch('/auth/sessions', { method: 'DELETE' })

  expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
})

test('does not touch the sessions of other users', async () => {
  const world = await signedInTestBff()
  world.provider.sub = 'grace'
  const grace = world.browser.with(new Map())
  await grace.navigate('/auth/login')
  world.clock.advance(1)

  await world.browser.fetch('/auth/sessions', { method: 'DELETE' })

  expect((await grace.fetch('/api/notes')).status).toBe(200)
})

test('with sqlite: an ended session stays ended after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = `sqlite:${join(folder, 'store.db')}`
  const world = await signedInTestBff({ store })
  const copied = world.browser.cookies()
  await world.browser.fetch('/auth/logout', signOut)
  await world.bff.close()

  const restarted = anotherInstance(world, { store })
  const answer = await restarted.browser(copied).fetch('/api/notes')
  await restarted.bff.close()

  expect(answer.status).toBe(401)
})

async function endAtProvider(world: TestBff, claims: Record<string, unknown> = {}): Promise<void> {
  const answer = await world.bff.app.request('/auth/backchannel-logout', {
    method: 'POST',
    body: new URLSearchParams({ logout_token: await world.provider.logoutToken(claims) }),
  })
  expect(answer.status).toBe(200)
}

test('with sqlite: a session that ended at the provider stays ended after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = `sqlite:${join(folder, 'store.db')}`
  const world = await signedInTestBff({ store })
  const copied = world.browser.cookies()
  world.clock.advance(1)
  await endAtProvider(world)
  await world.bff.close()

  const restarted = anotherInstance(world, { store })
  const answer = await restarted.browser(copied).fetch('/api/notes')
  await restarted.bff.close()

  expect(answer.status).toBe(401)
})

test('with Redis: a session that ended at the provider dies on every instance within a second', async () => {
  const redis = await startRedisServer()
  onTestFinished(() => redis.stop())
  const world = await signedInTestBff({ store: redis.url })
  const other = anotherInstance(world, { store: redis.url })
  const copied = world.browser.cookies()
  const before = await other.browser(copied).fetch('/api/notes')
  world.clock.advance(1)

  await endAtProvider(world)

  expect(before.status).toBe(200)
  await expect
    .poll(async () => (await other.browser(copied).fetch('/api/notes')).status, { timeout: 1000 })
    .toBe(401)
  await Promise.all([world.bff.close(), other.bff.close()])
})

test('an older word of the provider does not take back a newer one', async () => {
  const store = memoryStore(systemClock)
  const ended = endedSessions({
    store,
    sealer: sealerWith(createKeyRing(['a secret of thirty-two characters']).keys('store')),
    limits: { idleSeconds: 60, maxSeconds: 60 },
    clock: systemClock,
    telemetry: { record: () => {} },
  })
  onTestFinished(() => ended.close())
  const between = { sid: 's', sub: 'u', providerSid: 'p', startedAtMilliseconds: 1500 } as Session

  await ended.endProviderSession('p', 'signed-out-at-provider', 2000)
  await ended.endProviderSession('p', 'signed-out-at-provider', 1000)

  expect(await ended.endOf(between)).toBe('signed-out-at-provider')
})

test('a valid session goes on while the store is cut off, and no cookie is cleared', async () => {
  const store = breakableStore()
  const { browser, clock } = await signedInTestBff({ store, accessTokenSeconds: 3600 })
  const before = browser.setCookies.length
  store.state = 'down'
  clock.advance(10)

  const answers = [await browser.fetch('/api/notes'), await browser.fetch('/auth/session')]

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(browser.setCookies.length).toBe(before)
})

test('a call that needs a refresh hears 503 while the store is cut off, and goes on afterwards', async () => {
  const store = breakableStore()
  const { browser, clock, provider } = await signedInTestBff({ store, accessTokenSeconds: 60 })
  store.state = 'down'
  clock.advance(61)

  const during = await browser.fetch('/api/notes')
  store.state = 'up'
  clock.advance(2)
  const after = await browser.fetch('/api/notes')

  expect(during.status).toBe(503)
  expect(during.headers.get('Retry-After')).toBe('1')
  expect(await during.json()).toMatchObject({ code: 'store_unavailable' })
  expect(after.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
})

test('a sign-out while the store is cut off is told to the others once it is back', async () => {
  const store = breakableStore()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  const copied = world.browser.cookies()
  store.state = 'down'

  const answer = await world.browser.fetch('/auth/logout', signOut)
  const here = await world.browser.with(copied).fetch('/api/notes')
  store.state = 'up'
  world.clock.advance(2)

  expect(await answer.json()).toMatchObject({ receipt: { session: 'ended-here' } })
  expect(world.browser.cookies().size).toBe(0)
  expect(here.status).toBe(401)
  await expect
    .poll(async () => (await other.browser(copied).fetch('/api/notes')).status, { timeout: 2000 })
    .toBe(401)
})

test('tells a store that has lost everything what it knows', async () => {
  const first = memoryStore(systemClock)
  const second = memoryStore(systemClock)
  let current: Store = first
  let heard = 0
  const store: Store = {
    keyValue: {
      ...first.keyValue,
      set: (...values) => current.keyValue.set(...values),
    },
    journal: {
      append: (...values) => current.journal.append(...values),
      since: async (cursor) => {
        const name = current === first ? 'first/' : 'second/'
        const restarted = cursor !== null && !cursor.startsWith(name)
        const after = restarted ? null : (cursor?.slice(name.length) ?? null)
        const told = await current.journal.since(after)
        heard += 1
        return { ...told, restarted, cursor: `${name}${told.cursor}` }
      },
    },
    close: async () => {},
  }
  const world = await signedInTestBff({ store })
  const copied = world.browser.cookies()
  await world.browser.fetch('/auth/logout', signOut)
  await expect.poll(() => heard).toBeGreaterThan(0)
  current = second
  await expect
    .poll(async () => (await second.journal.since(null)).entries.length)
    .toBeGreaterThan(0)

  const fresh = anotherInstance(world, { store: second })
  const answer = await fresh.browser(copied).fetch('/api/notes')

  expect(answer.status).toBe(401)
})

test('signing in as another user ends the session that was there, and revokes its tokens', async () => {
  const world = await signedInTestBff()
  const { browser, provider } = world
  const ofAda = browser.cookies()
  const tokensOfAda = provider.issued.filter((token) => provider.isActive(token))
  provider.sub = 'grace'

  await browser.navigate('/auth/login')

  expect(await (await browser.fetch('/auth/session')).json()).toMatchObject({
    user: { sub: 'grace' },
  })
  expect((await browser.with(ofAda).fetch('/api/notes')).status).toBe(401)
  await expect.poll(() => tokensOfAda.filter((token) => provider.isActive(token))).toEqual([])
  expect((await browser.fetch('/api/notes')).status).toBe(200)
})

test('signing in again as the same user revokes nothing: the provider may hold it against the new tokens', async () => {
  const { browser, provider } = await signedInTestBff()

  await browser.navigate('/auth/login')

  expect(provider.revocations).toEqual([])
})

test('a session that was ended elsewhere takes its tokens along when its cookie shows up', async () => {
  const world = await signedInTestBff()
  const phone = world.browser.with(new Map())
  await phone.navigate('/auth/login')
  const [, ofPhone] = world.provider.issued.filter((token) => token.startsWith('refresh-'))
  world.clock.advance(1)
  const list = (await (await world.browser.fetch('/auth/sessions')).json()) as {
    readonly sessions: readonly { readonly id: string; readonly current: boolean }[]
  }
  const other = list.sessions.find(({ current }) => !current)

  await world.browser.fetch(`/auth/sessions/${other?.id}`, { method: 'DELETE' })
  await phone.fetch('/auth/session')

  await expect.poll(() => world.provider.isActive(ofPhone ?? '')).toBe(false)
})

test('nobody signed in has no list of sessions', async () => {
  const { browser } = await testBff()

  const answer = await browser.fetch('/auth/sessions')

  expect(answer.status).toBe(401)
})

test('a session that is ended by its name dies on every instance within a second', async () => {
  const store = breakableStore()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  const phone = other.browser(new Map())
  await phone.navigate('/auth/login')
  const copied = phone.cookies()
  const { sessions } = (await (await world.browser.fetch('/auth/sessions')).json()) as {
    readonly sessions: readonly { readonly id: string; readonly current: boolean }[]
  }
  const ofPhone = sessions.find(({ current }) => !current)

  await world.browser.fetch(`/auth/sessions/${ofPhone?.id}`, { method: 'DELETE' })

  for (const instance of [other.browser(copied), world.browser.with(copied)]) {
    await expect
      .poll(async () => (await instance.fetch('/api/notes')).status, { timeout: 1000 })
      .toBe(401)
  }
  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
})

test('with Redis: a restart in the middle loses no session, and the replicas are whole again by themselves', async () => {
  const redis = await startRedisServer()
  onTestFinished(() => redis.stop())
  const world = await signedInTestBff({ store: redis.url, clock: systemClock })
  const other = anotherInstance(world, { store: redis.url, clock: systemClock })
  const elsewhere = world.browser.with(new Map())
  await elsewhere.navigate('/auth/login')
  const [first, second] = [world.browser.cookies(), elsewhere.cookies()]
  await world.browser.fetch('/auth/logout', signOut)

  await redis.kill()
  const startedAt = performance.now()
  const during = await Promise.all(
    Array.from({ length: 10 }, () => other.browser(second).fetch('/api/notes')),
  )
  const slowestMilliseconds = performance.now() - startedAt
  await redis.restart()

  expect(during.map(({ status }) => status)).toEqual(Array(10).fill(200))
  expect(slowestMilliseconds).toBeLessThan(2000)
  // What it had forgotten it is told again: a third instance that starts now hears of the sign-out from before.
  const third = anotherInstance(world, { store: redis.url, clock: systemClock })
  await expect
    .poll(async () => (await third.browser(first).fetch('/api/notes')).status, { timeout: 5000 })
    .toBe(401)
  await elsewhere.fetch('/auth/logout', signOut)
  await expect
    .poll(async () => (await other.browser(second).fetch('/api/notes')).status, { timeout: 5000 })
    .toBe(401)
  await Promise.all([world.bff.close(), other.bff.close(), third.bff.close()])
})
