import { expect, test } from 'vitest'
import { openBrowser } from '../testing/browser.ts'
import { publicUrl, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const name = '__Host-Http-strongroom'
const secret = 'correct horse battery staple and then some'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

async function sessionWith(world: TestBff, cookies: Record<string, string>) {
  const jar = new Map(Object.entries(cookies).map(([key, value]) => [key, { value, attributes }]))
  const answer = await openBrowser(world.internet, publicUrl, jar).fetch('/auth/session')
  return { status: answer.status, body: await answer.json() }
}

test('a cookie that was changed anywhere opens nothing', async () => {
  const world = await signedInTestBff()
  const seal = world.browser.cookies().get(name)?.value ?? ''
  // Behind the last `~` a seal is not authenticated: what stands there must not matter.
  const places = Array.from({ length: 40 }, (_, index) =>
    Math.floor((index * (seal.length - 3)) / 40),
  )

  for (const place of places) {
    const changed = seal[place] === 'A' ? 'B' : 'A'
    const forged = `${seal.slice(0, place)}${changed}${seal.slice(place + 1)}`
    expect(await sessionWith(world, { [name]: forged }), `at ${place}`).toEqual({
      status: 200,
      body: { authenticated: false },
    })
  }
})

test('a sign-in attempt does not pass for a session', async () => {
  const world = await testBff()
  await world.browser.navigate('/auth/login', { until: /\/authorize/ })
  const [attempt] = world.browser.cookies().values()

  const { body } = await sessionWith(world, { [name]: attempt?.value ?? '' })

  expect(body).toEqual({ authenticated: false })
  expect(world.eventsNamed('seal-refused')).toHaveLength(1)
})

test('a session of another deployment opens nothing here', async () => {
  const other = await signedInTestBff({ session: { secrets: [`${secret}, but another`] } })
  const here = await testBff()

  const { body } = await sessionWith(here, {
    [name]: other.browser.cookies().get(name)?.value ?? '',
  })

  expect(body).toEqual({ authenticated: false })
  expect(here.eventsNamed('seal-refused')).toEqual([
    { name: 'seal-refused', purpose: 'session', reason: 'unknown-key' },
  ])
})

test('rubbish in any of the cookies is nobody signed in, never an error', async () => {
  const world = await testBff()
  const rubbish = ['x', 'Fe26.2*', `Fe26.2*${'*'.repeat(20)}`, 'a'.repeat(4000), '~2', '%', '{}']

  for (const value of rubbish) {
    expect(await sessionWith(world, { [name]: value })).toMatchObject({ status: 200 })
    expect(await sessionWith(world, { [`${name}.0`]: value, [`${name}.1`]: value })).toMatchObject({
      status: 200,
    })
  }
})

test('says nothing of tokens to the app', async () => {
  const world = await signedInTestBff()

  const text = await (await world.browser.fetch('/auth/session')).text()

  expect(world.provider.issued.filter((value) => text.includes(value))).toEqual([])
})

test('answers 304 while nothing has changed, and never sets a cookie', async () => {
  const { browser } = await signedInTestBff()
  const first = await browser.fetch('/auth/session')
  const before = browser.setCookies.length

  const again = await browser.fetch('/auth/session', {
    headers: { 'If-None-Match': first.headers.get('ETag') ?? '' },
  })

  expect(again.status).toBe(304)
  expect(first.headers.get('Cache-Control')).toBe('no-store')
  expect(browser.setCookies.length).toBe(before)
})

test('asking for the session does not keep it alive', async () => {
  const { browser, clock } = await signedInTestBff()

  for (const _ of [1, 2, 3, 4]) {
    clock.advance(450)
    await browser.fetch('/auth/session')
  }
  const answer = await browser.fetch('/auth/session')

  expect(await answer.json()).toEqual({ authenticated: false })
})

test('leaves the ID token out of a session that would be too large with it', async () => {
  const { browser, provider } = await testBff()
  provider.idTokenClaims = { groups: 'x'.repeat(5000) }

  await browser.navigate('/auth/login')

  expect([...browser.cookies().keys()]).toEqual([name])
})
