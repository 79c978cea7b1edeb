import { expect, test } from 'vitest'
import { bindTokens } from '../testing/bound-tokens.ts'
import { digestOf, grantWorld } from '../testing/grant-world.ts'
import { jobWorld } from '../testing/job-world.ts'
import { baseOptions } from '../testing/test-bff.ts'

const dpop = { ...baseOptions.provider, dpop: true }
const unbound = { ...dpop, acceptBearerTokens: true }

test('a grant has a key of its own, kept with it, and each of its tokens is bound to that', async () => {
  const world = await grantWorld({ provider: unbound })
  const bound = bindTokens(world)
  await world.connect()

  world.clock.advance(3600)
  const taken = await world.runner.tokens.fresh(digestOf)
  world.clock.advance(3600)
  const later = await world.anotherRunner().tokens.fresh(digestOf)

  expect([taken.ok, later.ok]).toEqual([true, true])
  expect(bound.proven.map(({ grantType }) => grantType)).toEqual([
    'authorization_code',
    'refresh_token',
    'refresh_token',
  ])
  expect(new Set(bound.proven.map(({ thumbprint }) => thumbprint)).size).toBe(1)
  const key = (later.ok && later.value.dpopKey) || 'none'
  expect(key).toMatch(/^[\w-]{43}$/)
  expect(JSON.stringify(world.events)).not.toContain(key)
})

test('the provider’s nonce costs a grant one more request and no refresh token', async () => {
  const world = await grantWorld({ provider: unbound })
  const bound = bindTokens(world)
  await world.connect()
  bound.nonces.provider = 'one'

  world.clock.advance(3600)
  const taken = await world.runner.tokens.fresh(digestOf)

  expect(taken.ok).toBe(true)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(world.eventsNamed('grant-refresh-failed')).toEqual([])
})

test('a provider that wants another nonce each time breaks no grant', async () => {
  const world = await grantWorld({ provider: unbound })
  const bound = bindTokens(world)
  await world.connect()
  let nonce = 0
  Object.defineProperty(bound.nonces, 'provider', { get: () => `nonce-${(nonce += 1)}` })

  world.clock.advance(400)
  const taken = await world.runner.tokens.fresh(digestOf)

  expect(taken).toMatchObject({ ok: false, error: { kind: 'provider-unreachable' } })
  expect(nonce).toBe(2)
  expect(await world.seen()).toMatchObject({ state: 'connected' })
})

test('a grant from before it was switched on is bound with its next refresh', async () => {
  const world = await grantWorld()
  await world.connect()
  const runner = world.anotherRunner({ provider: dpop })
  const bound = bindTokens(world)

  world.clock.advance(3600)
  const taken = await runner.tokens.fresh(digestOf)

  expect(taken.ok && taken.value.dpopKey).toMatch(/^[\w-]{43}$/)
  expect(bound.proven).toMatchObject([{ thumbprint: expect.any(String) as string }])
})

test('a job’s calls are proven, and an API’s nonce costs one more call', async () => {
  const statuses: number[] = []
  const world = await jobWorld(
    {
      async run({ call }) {
        for (const method of ['GET', 'POST', 'GET'])
          statuses.push((await call('/notes?since=7', { method })).status)
      },
    },
    { provider: unbound },
  )
  const bound = bindTokens(world)
  bound.nonces.api = 'one'

  world.wait(world.tonight)
  await world.run()

  expect(statuses).toEqual([200, 200, 200])
  expect(bound.refusals).toEqual(['nonce wanted'])
  expect(await world.outcomes()).toEqual(['done'])
})
