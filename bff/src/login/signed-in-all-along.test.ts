import { expect, test } from 'vitest'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const cancelled = { error: 'access_denied' }

/** A sign-in that the user cancels, in a browser that is signed in. */
async function cancelledSignIn({ browser, provider }: TestBff, between: () => unknown = () => {}) {
  provider.authorizationAnswer = cancelled
  const { url } = await browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  await between()
  return browser.navigate(url.href, { fromElsewhere: true })
}

test('who cancels a second sign-in is back where it began, signed in as before', async () => {
  const world = await signedInTestBff()
  const before = await (await world.browser.fetch('/auth/session')).json()

  const { url } = await cancelledSignIn(world)
  const after = await (await world.browser.fetch('/auth/session')).json()

  expect(url.pathname).toBe('/notes')
  expect(after).toEqual(before)
  expect(world.provider.revocations).toEqual([])
  expect(world.eventsNamed('sign-in-given-up')).toMatchObject([{ providerCode: 'access_denied' }])
})

test('so is who cancels after the tokens were renewed meanwhile', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })

  const { url } = await cancelledSignIn(world, async () => {
    world.clock.advance(61)
    await world.browser.fetch('/api/notes')
  })
  const call = await world.browser.fetch('/api/notes')

  expect(url.pathname).toBe('/notes')
  expect(call.status).toBe(200)
})

const over: readonly [string, (world: TestBff) => unknown][] = [
  ['signed out meanwhile', ({ browser }) => browser.fetch('/auth/logout', { method: 'POST' })],
  ['was idle too long', ({ clock }) => clock.advance(590)],
]

test.for(over)('who cancels and %s reads so on a page', async ([, happens]) => {
  const world = await signedInTestBff()
  world.clock.advance(1500)

  const { response } = await cancelledSignIn(world, () => happens(world))

  expect(response.status).toBe(403)
  expect(await response.text()).toContain('You were not signed in')
})

test('who cancels while the store is down reads so on a page', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ store })

  const { response } = await cancelledSignIn(world, () => (store.cut = true))

  expect(response.status).toBe(403)
})

test('an app that asks without a word at every page is stopped by a page, not sent round', async () => {
  const { browser, provider, clock } = await signedInTestBff()
  provider.authorizationAnswer = { error: 'login_required' }
  const ask = () => browser.navigate('/auth/login?prompt=none&return_to=/notes')

  const arrivals = [await ask(), await ask()]
  clock.advance(11)
  const later = await ask()

  expect(arrivals.map(({ url }) => url.pathname)).toEqual(['/notes', '/auth/callback'])
  expect(arrivals[1]?.response.status).toBe(403)
  expect(await arrivals[1]?.response.text()).toContain('You are signed in as before')
  expect(later.url.pathname).toBe('/notes')
})

test('who cancels twice on end reads that they are signed in, and not that they are not', async () => {
  const world = await signedInTestBff()
  await cancelledSignIn(world)

  const { response } = await cancelledSignIn(world)
  const text = await response.text()

  expect(response.status).toBe(403)
  expect(text).toContain('You are still signed in')
  expect(text).not.toContain('not signed in')
  expect(text).toContain('<a href="/notes">Back to the app</a>')
  expect(await isSignedIn(world.browser)).toBe(true)
})

test('who cancels twice and signed out in between reads that they are not', async () => {
  const world = await signedInTestBff()
  await cancelledSignIn(world)

  const { response } = await cancelledSignIn(world, () =>
    world.browser.fetch('/auth/logout', { method: 'POST' }),
  )

  expect(await response.text()).toContain('You were not signed in')
})

test('an answer that did not hold up shows its page, signed in or not', async () => {
  const { browser } = await signedInTestBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  url.searchParams.set('iss', 'https://evil.example')

  const { response } = await browser.navigate(url.href)

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('could not be trusted')
})

test('nobody is taken for signed in who was not when the sign-in began', async () => {
  const { browser, provider } = await testBff()
  provider.authorizationAnswer = cancelled

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(403)
})
