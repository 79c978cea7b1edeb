import { generateKeyPairSync } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { baseOptions, issuer, testBff, type TestBff } from '../testing/test-bff.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { clientSecret: _secret, ...client } = baseOptions.provider
const fapi2 = {
  ...client,
  clientKeys: JSON.stringify(privateKey.export({ format: 'jwk' })),
  dpop: true,
  profile: 'fapi2',
} as const

const able = {
  pushed_authorization_request_endpoint: `${issuer}/par`,
  id_token_signing_alg_values_supported: ['ES256'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  dpop_signing_alg_values_supported: ['ES256'],
}

async function demanding(metadata: TestBff['provider']['metadata']): Promise<TestBff> {
  const world = await testBff({ provider: fapi2 })
  world.provider.metadata = metadata
  world.provider.app.post('/par', (c) => c.json({ request_uri: 'urn:1', expires_in: 60 }, 201))
  return world
}

test('what a provider lacks is named before anybody comes, all of it', async () => {
  const { bff } = await demanding({
    ...able,
    dpop_signing_alg_values_supported: ['RS256'],
    pushed_authorization_request_endpoint: undefined,
  })

  expect(await bff.unmetProfile()).toEqual([
    expect.stringContaining('pushed_authorization_request_endpoint'),
    expect.stringContaining('dpop_signing_alg_values_supported'),
  ])
})

test('a provider that offers all lacks nothing', async () => {
  const { bff, eventsNamed } = await demanding(able)

  expect(await bff.unmetProfile()).toEqual([])
  expect(eventsNamed('provider-discovered')).toHaveLength(1)
})

test('without the profile the provider is not asked', async () => {
  const { bff, eventsNamed } = await testBff()

  expect(await bff.unmetProfile()).toEqual([])
  expect(eventsNamed('provider-discovered')).toEqual([])
})

test('a provider that can’t be reached has said nothing', async () => {
  const world = await demanding({})
  world.internet.host(issuer, () => new Response(null, { status: 503 }))

  expect(await world.bff.unmetProfile()).toEqual([])
})

test('a document that can’t be trusted has said nothing either', async () => {
  const { bff } = await demanding({ issuer: 'https://evil.example' })

  expect(await bff.unmetProfile()).toEqual([])
})

test('a provider that is silent is waited for three seconds', async () => {
  const world = await demanding({})
  world.internet.host(issuer, () => new Promise<never>(() => {}))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())

  const asked = world.bff.unmetProfile()
  await vi.advanceTimersByTimeAsync(3_000)

  expect(await asked).toEqual([])
})

test('a sign-in is refused as long as something is lacking, and begins once nothing is', async () => {
  const world = await demanding({})

  const refused = await world.browser.navigate('/auth/login')
  world.provider.metadata = able
  world.clock.advance(5)
  const { url } = await world.browser.navigate('/auth/login', { until: /\/authorize/ })

  expect(refused.response.status).toBe(503)
  expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
})
