import { expect, test } from 'vitest'
import { sessionSchema, startSession } from '../session/session.ts'
import { signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'
import { tokenSetSchema } from '../provider/token-set.ts'

/** An app that sends the browser to the sign-in again as soon as it comes back, so many times. */
async function goRound({ browser, clock }: TestBff, times: number, secondsEach = 1) {
  const statuses: number[] = []
  for (const _ of Array.from({ length: times })) {
    clock.advance(secondsEach)
    const { response, url } = await browser.navigate('/auth/login?return_to=/notes')
    statuses.push(url.pathname === '/notes' ? 303 : response.status)
  }
  return statuses
}

test('an app that goes round is stopped at the sixth sign-in in a row', async () => {
  const world = await testBff()

  const statuses = await goRound(world, 7)

  expect(statuses).toEqual([303, 303, 303, 303, 303, 429, 429])
  expect(world.provider.tokenRequests('authorization_code')).toBe(5)
  expect(world.eventsNamed('sign-in-loop')).toMatchObject([{ rounds: 5 }, { rounds: 5 }])
})

test('without the count of rounds an app would go round for ever', async () => {
  const world = await testBff()

  // Ten seconds apart, none counts for the next.
  const statuses = await goRound(world, 20, 10)

  expect(new Set(statuses)).toEqual(new Set([303]))
})

test('the page that stops the round says so, and offers two ways on', async () => {
  const world = await testBff()
  await goRound(world, 5)

  const { response } = await world.browser.navigate('/auth/login?return_to=/notes')
  const text = await response.text()

  expect(response.headers.get('Retry-After')).toBe('10')
  expect(text).toContain('You keep being sent to sign in')
  expect(text).toContain('href="/auth/login?return_to=%2Fnotes&amp;prompt=login"')
  expect(text).toContain('<a href="/">Back to the app</a>')
  expect(world.provider.tokenRequests('authorization_code')).toBe(5)
})

test('the session that the round came to goes on', async () => {
  const world = await testBff()
  await goRound(world, 6)

  const call = await world.browser.fetch('/api/notes')

  expect(call.status).toBe(200)
})

test('whoever signs in by hand is never stopped', async () => {
  const world = await testBff()
  await goRound(world, 6)

  const { url } = await world.browser.navigate('/auth/login?return_to=/notes', {
    headers: { 'Sec-Fetch-User': '?1' },
  })

  expect(url.pathname).toBe('/notes')
})

test('after ten seconds signing in works again', async () => {
  const world = await testBff()
  await goRound(world, 6)
  world.clock.advance(10)

  const { url } = await world.browser.navigate('/auth/login?return_to=/notes')

  expect(url.pathname).toBe('/notes')
})

test('whoever signs out and in again meets no limit', async () => {
  const { browser } = await signedInTestBff()
  const ends: string[] = []

  for (const _ of Array.from({ length: 8 })) {
    await browser.fetch('/auth/logout', { method: 'POST' })
    ends.push((await browser.navigate('/auth/login?return_to=/notes')).url.pathname)
  }

  expect(new Set(ends)).toEqual(new Set(['/notes']))
})

test('a round goes on although each session of it has ended before the next sign-in', async () => {
  const world = await testBff()
  world.provider.accessTokenSeconds = 1
  world.provider.issuesRefreshTokens = false

  // Each session ends with its token, before the next round begins.
  const statuses = await goRound(world, 6, 2)

  expect(statuses.at(-1)).toBe(429)
})

test('a session that was sealed before rounds were counted still opens', () => {
  const tokens = tokenSetSchema.parse({
    accessToken: 'access',
    refreshToken: null,
    idToken: null,
    issuedAt: 0,
    expiresAt: 60,
    scopes: [],
  })
  const { rounds, ...older } = startSession(
    tokens,
    { sub: 'ada', sid: null, authTime: null, all: {} },
    0,
    { rounds: 3 },
  )

  expect(rounds).toBe(3)
  expect(sessionSchema.parse(older).rounds).toBe(0)
})
