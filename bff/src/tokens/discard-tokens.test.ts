import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { connectPath, grantWorld } from '../testing/grant-world.ts'
import { baseOptions, issuer, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const signOut = { method: 'POST' } as const
const tooStrong = '/auth/login?acr_values=gold'

const living = ({ provider }: TestBff) =>
  provider.issued.filter((token) => provider.isActive(token))

async function callStatus({ browser }: TestBff): Promise<number> {
  return (await browser.fetch('/api/notes')).status
}

const tooLarge = { picture: `https://example.com/${'x'.repeat(12_000)}` }

const refusals: readonly [string, (world: TestBff) => Promise<Response>][] = [
  [
    'a step-up that the provider does not grant',
    async ({ browser }) => (await browser.navigate(tooStrong)).response,
  ],
  [
    'the same, by a link on a page of another site',
    async ({ browser }) => (await browser.navigate(tooStrong, { fromElsewhere: true })).response,
  ],
  [
    'a sign-in whose ID token does not hold up',
    async ({ browser, provider }) => {
      provider.idTokenClaims = { nonce: 'another' }
      return (await browser.navigate('/auth/login')).response
    },
  ],
  [
    'a session that would not fit into cookies',
    async ({ browser, provider }) => {
      provider.idTokenClaims = tooLarge
      return (await browser.navigate('/auth/login')).response
    },
  ],
]

test.for(refusals)(
  'at a provider that revokes all of a user along with any token, who is signed in stays it after %s',
  async ([, refuse]) => {
    const world = await signedInTestBff()
    world.provider.habits.revokes = 'whole-user'

    const refused = await refuse(world)

    expect(refused.status).toBe(400)
    expect(await callStatus(world)).toBe(200)
    expect(world.provider.revocations).toEqual([])
  },
)

test.for(refusals)('and a sign-out revokes what came of %s', async ([, refuse]) => {
  const world = await signedInTestBff()

  await refuse(world)
  await world.browser.fetch('/auth/logout', signOut)

  expect(living(world)).toEqual([])
})

test('what was to be revoked already is not forgotten for it', async () => {
  const world = await signedInTestBff()
  world.clock.advance(20)
  await world.browser.navigate('/auth/login')

  await world.browser.navigate(tooStrong)
  await world.browser.navigate(tooStrong)
  await world.browser.fetch('/auth/logout', signOut)

  expect(living(world)).toEqual([])
})

test('who has signed out has the tokens of a refused sign-in revoked at once', async () => {
  const world = await signedInTestBff()
  const { url } = await world.browser.navigate(tooStrong, { until: /\/callback/ })
  await world.browser.fetch('/auth/logout', signOut)

  await world.browser.navigate(url.href, { fromElsewhere: true })

  expect(living(world)).toEqual([])
})

test('so have those of another user than the one who is signed in', async () => {
  const world = await signedInTestBff()
  const ofAda = living(world)
  world.provider.sub = 'grace'

  await world.browser.navigate(tooStrong)

  expect(living(world)).toEqual(ofAda)
})

test('while the store can’t be asked whether a session lives, nothing is revoked', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ store })
  world.provider.habits.revokes = 'whole-user'
  world.internet.host(issuer, async (request) => {
    const answer = await world.provider.app.fetch(request)
    if (new URL(request.url).pathname === '/token') store.cut = true
    return answer
  })

  const { response } = await world.browser.navigate(tooStrong)

  expect(response.status).toBe(400)
  expect(world.provider.revocations).toEqual([])
  expect(await callStatus(world)).toBe(200)
})

test('a consent that brings nothing to keep leaves the session alone', async () => {
  const world = await grantWorld()
  world.provider.habits.revokes = 'whole-user'
  world.provider.issuesRefreshTokens = false

  const { response } = await world.browser.navigate(connectPath)

  expect(response.status).toBe(400)
  expect(await callStatus(world)).toBe(200)
})

test('for tokens that no session holds the store is not searched for others', async () => {
  const store = memoryStore(systemClock)
  const asked: string[] = []
  const keyValue = {
    ...store.keyValue,
    get: (key: string) => {
      asked.push(key)
      return store.keyValue.get(key)
    },
  }
  const narrow = { accessToken: { by: 'refresh', resource: 'https://files.example.com' } } as const
  const world = await testBff({
    store: { ...store, keyValue },
    upstreams: [{ ...baseOptions.upstreams[0], ...narrow }],
  })

  await world.browser.navigate(tooStrong)

  expect(world.provider.revocations).toHaveLength(2)
  expect(asked.filter((key) => /^(?:predecessors|narrow)/.test(key))).toEqual([])
})

test('who revokes nothing at a sign-out keeps nothing to be revoked', async () => {
  const world = await signedInTestBff({
    provider: { ...baseOptions.provider, revokeAtSignOut: 'neither' },
  })

  await world.browser.navigate(tooStrong)
  await world.browser.fetch('/auth/logout', signOut)

  expect(world.provider.revocations).toEqual([])
})
