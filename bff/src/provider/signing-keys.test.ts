import { expect, onTestFinished, test, vi } from 'vitest'
import { changed, hanging, honest, huge, saying, text } from '../testing/hostile-answers.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { newKey } from '../testing/hostile-tokens.ts'

function keyFetches(requests: readonly string[]): number {
  return requests.filter((line) => line === 'GET /jwks').length
}

test('oidcc-client-test-kid-absent-single-jwks: an ID token without kid signs in when there is one key', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.idToken.header = { kid: undefined }

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
})

test('oidcc-client-test-kid-absent-multiple-jwks: an ID token without kid signs in when one key of several fits', async () => {
  const { signIn, provider } = await hostileTestBff()
  const elliptic = await newKey('ES256', 'elliptic')
  const forEncryption = { ...(await newKey('RS256', 'encryption')).jwk, use: 'enc' }
  provider.published = [elliptic.jwk, forEncryption, provider.key.jwk]
  provider.idToken.header = { kid: undefined }

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
})

test('oidcc-client-test-kid-absent-multiple-jwks: an ID token without kid signs nobody in when several keys fit', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.published = [(await newKey('RS256', 'second')).jwk, provider.key.jwk]
  provider.idToken.header = { kid: undefined }

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
})

test('a kid that two keys bear signs nobody in', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.published = [(await newKey('RS256', 'first')).jwk, provider.key.jwk]

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
})

test.for([
  ['use', 'enc'],
  ['alg', 'RS384'],
  ['key_ops', ['encrypt']],
] as const)(
  'a key published with %s %s is not used to check a signature',
  async ([name, value]) => {
    const { signIn, provider } = await hostileTestBff()
    provider.published = [{ ...provider.key.jwk, [name]: value }]

    const outcome = await signIn()

    expect(outcome.authenticated).toBe(false)
  },
)

test('oidcc-client-test-signing-key-rotation: a key rotated in between two sign-ins is fetched', async () => {
  const { signIn, complaints, provider } = await hostileTestBff()
  await signIn()
  await provider.rotate('second')

  await signIn()

  expect(complaints()).toEqual([])
  expect(keyFetches(provider.requests)).toBe(2)
})

test('oidcc-client-test-signing-key-rotation-just-before-signing: a key rotated in while the code is traded is fetched', async () => {
  const { signIn, browser, complaints, provider } = await hostileTestBff()
  await signIn()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  await provider.rotate('second')

  await browser.navigate(url.href)

  expect(complaints()).toEqual([])
  expect(keyFetches(provider.requests)).toBe(2)
})

test('a key that the provider has replaced signs nobody in any more', async () => {
  const { signIn, complaints, provider } = await hostileTestBff()
  const stolen = provider.key
  await signIn()
  await provider.rotate('second')
  await signIn()
  provider.key = stolen

  const outcome = await signIn()

  expect(outcome.status).toBe(400)
  expect(complaints()).toEqual([expect.stringContaining('ERR_JWKS_NO_MATCHING_KEY')])
})

test('a flood of made-up kids fetches the keys once in five seconds', async () => {
  const { signIn, clock, provider } = await hostileTestBff()
  await signIn()

  const before = keyFetches(provider.requests)
  for (const serial of Array.from({ length: 8 }, (_, index) => index)) {
    provider.idToken.header = { kid: `made-up-${serial}` }
    await signIn()
  }
  const during = keyFetches(provider.requests)
  clock.advance(5)
  await signIn()

  expect(before).toBe(1)
  expect(during).toBe(2)
  expect(keyFetches(provider.requests)).toBe(3)
})

test.for([
  ['an error', saying(500, {})],
  ['no JSON', text(200, 'application/json', '<html>')],
  ['no keys', changed({ keys: 'none' })],
  ['more than a megabyte', huge(1_100_000)],
] as const)('keys answered with %s: the page says that it can’t be reached', async ([, answer]) => {
  const { signIn, clock, provider } = await hostileTestBff()
  provider.answers.jwks = answer

  const broken = await signIn()
  provider.answers.jwks = honest
  clock.advance(5)
  const mended = await signIn()

  expect(broken).toEqual({ status: 400, authenticated: false })
  expect(mended.authenticated).toBe(true)
})

test('while the keys’ address fails and none is known, it is asked once in five seconds', async () => {
  const { signIn, clock, provider } = await hostileTestBff()
  provider.answers.jwks = saying(500, {})

  for (const _ of [1, 2, 3, 4]) await signIn()
  const atFirst = keyFetches(provider.requests)
  clock.advance(5)
  await signIn()

  expect(atFirst).toBe(1)
  expect(keyFetches(provider.requests)).toBe(2)
})

test.for([
  ['ten minutes, and jose alone would refuse', 601],
  ['an hour, and the discovery document is read anew', 3601],
] as const)('keys that are older than %s serve on while their address fails', async ([, age]) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { signIn, clock, complaints, provider } = await hostileTestBff()
  await signIn()
  provider.answers.jwks = saying(500, {})
  clock.advance(age)
  vi.setSystemTime(Date.now() + age * 1000)

  await signIn()
  await signIn()

  expect(complaints()).toEqual([])
  await expect.poll(() => keyFetches(provider.requests)).toBe(2)
})

test('keys that are older than ten minutes are fetched behind the first token that needs them', async () => {
  const { signIn, clock, provider } = await hostileTestBff()
  await signIn()
  clock.advance(600)

  await signIn()
  await expect.poll(() => keyFetches(provider.requests)).toBe(2)
  await signIn()

  expect(keyFetches(provider.requests)).toBe(2)
})

test('a session outlives a refresh whose ID token can’t be checked for want of keys', async () => {
  const { signIn, refresh, eventsNamed, provider } = await hostileTestBff()
  await signIn()
  provider.idToken.header = { kid: 'unheard-of' }
  provider.answers.jwks = saying(500, {})

  const outcome = await refresh()

  expect(outcome).toEqual({ status: 200, authenticated: true })
  expect(eventsNamed('id-token-left-out')).toHaveLength(1)
})

test('keys that never come do not hold a sign-in for ever', async () => {
  const { browser, provider } = await hostileTestBff()
  provider.answers.jwks = hanging
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const asked = provider.asked('GET /jwks')

  const arrival = browser.navigate('/auth/login')
  await asked
  await vi.advanceTimersByTimeAsync(8_000)
  vi.useRealTimers()

  expect((await arrival).response.status).toBe(400)
})
