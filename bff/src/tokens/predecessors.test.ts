import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { baseOptions, issuer, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'
import { patienceSeconds } from './revoke-tokens.ts'

const signOut = { method: 'POST' } as const

async function signInTimes({ browser, clock }: TestBff, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    // Not as an app that goes round.
    clock.advance(20)
    await browser.navigate('/auth/login')
  }
}

const refreshTokens = ({ provider }: TestBff) =>
  provider.issued.filter((token) => token.startsWith('refresh-'))

const living = (world: TestBff) =>
  world.provider.issued.filter((token) => world.provider.isActive(token))

test.for(['cookie', 'server'] as const)(
  'a sign-out revokes what was replaced before it, too, and none of it sooner: sessions of the mode %s',
  async (mode) => {
    const world = await signedInTestBff({ session: { ...baseOptions.session, mode } })

    await signInTimes(world, 2)
    const before = world.provider.revocations.length
    const answer = await world.browser.fetch('/auth/logout', signOut)

    expect(before).toBe(0)
    expect(refreshTokens(world)).toHaveLength(3)
    expect(living(world)).toEqual([])
    expect(await answer.json()).toMatchObject({
      receipt: { refreshToken: 'revoked', accessToken: 'revoked' },
    })
  },
)

test('the tokens that were newest when the session was replaced are revoked', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  world.clock.advance(61)
  await world.browser.fetch('/api/notes')

  await signInTimes(world, 1)
  await world.browser.fetch('/auth/logout', signOut)

  expect(refreshTokens(world)).toHaveLength(3)
  expect(living(world)).toEqual([])
})

test('no cookie is larger for it, and the store holds no token that can be read', async () => {
  const store = memoryStore(systemClock)
  const written: string[] = []
  const keyValue = {
    ...store.keyValue,
    set: (key: string, value: string, ttlSeconds: number) => {
      written.push(`${key} ${value}`)
      return store.keyValue.set(key, value, ttlSeconds)
    },
    replace: (...asked: Parameters<KeyValue['replace']>) => {
      written.push(`${asked[0]} ${asked[2]}`)
      return store.keyValue.replace(...asked)
    },
  }
  const world = await signedInTestBff({ store: { ...store, keyValue } })

  await signInTimes(world, 3)

  const sizes = world.eventsNamed('signed-in').map(({ cookieBytes }) => cookieBytes)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(20)
  expect(written.filter((entry) => entry.startsWith('predecessors/'))).toHaveLength(3)
  for (const token of world.provider.issued)
    for (const entry of written) expect(entry).not.toContain(token)
})

test('a provider that is down keeps nobody signed in: all of it is queued, and done later', async () => {
  const world = await signedInTestBff()
  await signInTimes(world, 2)
  world.internet.unplug(issuer)

  const answer = await world.browser.fetch('/auth/logout', signOut)
  world.internet.host(issuer, (request) => world.provider.app.fetch(request))
  world.clock.advance(60)
  await world.bff.drainRevocations()

  expect(answer.status).toBe(200)
  expect(living(world)).toEqual([])
})

test('a provider that is silent is waited for no longer than without them', async () => {
  const world = await signedInTestBff()
  await signInTimes(world, 4)
  world.internet.host(issuer, (request) =>
    new URL(request.url).pathname === '/revoke'
      ? new Promise<Response>(() => {})
      : world.provider.app.fetch(request),
  )
  const startedAt = performance.now()

  const answer = await world.browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({ receipt: { refreshToken: 'queued' } })
  expect(performance.now() - startedAt).toBeLessThan((patienceSeconds + 1) * 1000)
  expect(world.eventsNamed('revocation-queued')).toHaveLength(10)
})

test('the receipt says that the tokens are revoked where they die along with those from before the step-up', async () => {
  const world = await signedInTestBff()
  await signInTimes(world, 1)
  const { provider } = world
  provider.habits.revokes = 'whole-user'
  let asked = 0
  world.internet.host(issuer, async (request) => {
    if (new URL(request.url).pathname !== '/revoke') return provider.app.fetch(request)
    asked += 1
    // Time for any other that is on its way at once to be faster.
    if (asked === 1) await pause(50)
    const token = new URLSearchParams(await request.clone().text()).get('token') ?? ''
    return provider.isActive(token)
      ? provider.app.fetch(request)
      : Response.json({ error: 'invalid_request' }, { status: 400 })
  })

  const answer = await world.browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({
    receipt: { refreshToken: 'revoked', accessToken: 'revoked' },
  })
  expect(living(world)).toEqual([])
})

test('a store that is down keeps nobody signed in either', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ store })
  await signInTimes(world, 1)
  store.cut = true

  const answer = await world.browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({ receipt: { refreshToken: 'revoked' } })
})

test('nor does one that fails as they are taken out lose them', async () => {
  const store = memoryStore(systemClock)
  const keyValue = {
    ...store.keyValue,
    delete: (key: string) =>
      key.startsWith('predecessors/')
        ? Promise.reject(new Error('gone just now'))
        : store.keyValue.delete(key),
  }
  const world = await signedInTestBff({ store: { ...store, keyValue } })
  await signInTimes(world, 1)

  await world.browser.fetch('/auth/logout', signOut)

  expect(living(world)).toEqual([])
})

test('no more than eight are remembered, and the log says so', async () => {
  const world = await signedInTestBff()

  await signInTimes(world, 9)
  await world.browser.fetch('/auth/logout', signOut)

  const [oldest, ...others] = refreshTokens(world)
  expect(world.provider.isActive(oldest ?? '')).toBe(true)
  expect(others.filter((token) => world.provider.isActive(token))).toEqual([])
  expect(world.eventsNamed('predecessors-overflow')).toMatchObject([{ left: 1 }])
})

test('they are revoked, too, where another user takes the place', async () => {
  const world = await signedInTestBff()
  await signInTimes(world, 1)
  const ofAda = living(world)
  world.provider.sub = 'grace'

  await world.browser.navigate('/auth/login')

  await expect.poll(() => ofAda.filter((token) => world.provider.isActive(token))).toEqual([])
})

test('and where the session ends by itself, as its refresh token is refused', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  await signInTimes(world, 1)
  const [replaced = ''] = refreshTokens(world)
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  world.clock.advance(61)

  const call = await world.browser.fetch('/api/notes')

  expect(call.status).toBe(401)
  await expect.poll(() => world.provider.isActive(replaced)).toBe(false)
})

test('and where it ends with its access token, as it has no refresh token', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  const [replaced = ''] = refreshTokens(world)
  world.provider.issuesRefreshTokens = false
  await signInTimes(world, 1)
  world.clock.advance(61)

  const call = await world.browser.fetch('/api/notes')

  expect(call.status).toBe(401)
  await expect.poll(() => world.provider.isActive(replaced)).toBe(false)
})

test('nothing is kept where a sign-out is to revoke nothing', async () => {
  const store = memoryStore(systemClock)
  const keys: string[] = []
  const keyValue = {
    ...store.keyValue,
    set: (key: string, value: string, ttlSeconds: number) => {
      keys.push(key)
      return store.keyValue.set(key, value, ttlSeconds)
    },
    replace: (...asked: Parameters<KeyValue['replace']>) => {
      keys.push(asked[0])
      return store.keyValue.replace(...asked)
    },
  }
  const world = await testBff({
    store: { ...store, keyValue },
    provider: { ...baseOptions.provider, revokeAtSignOut: 'neither' },
  })

  await signInTimes(world, 2)

  expect(keys.filter((key) => key.startsWith('predecessors/'))).toEqual([])
})
