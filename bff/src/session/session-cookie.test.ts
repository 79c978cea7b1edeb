import { getIronSession, type CookieJar } from 'iron-session'
import { expect, test } from 'vitest'
import { createKeyRing } from '../base/key-ring.ts'
import { SessionTooLarge } from './session-store.ts'
import { signedInTestBff, testBff } from '../testing/test-bff.ts'

const name = '__Host-Http-strongroom'
const secret = 'correct horse battery staple and then some'
const { sealing: password } = createKeyRing([secret]).passwords('session')

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

test('warns of a session of more than 7 kB', async () => {
  const world = await testBff()
  world.provider.idTokenClaims = { picture: `https://example.com/${'x'.repeat(5300)}` }

  await world.browser.navigate('/auth/login')

  const [{ bytes } = { bytes: 0 }] = world.eventsNamed('session-large')
  expect(bytes).toBeGreaterThan(7000)
  expect(bytes).toBeLessThan(12_000)
  expect([...world.browser.cookies().keys()]).toEqual([0, 1, 2].map((at) => `${name}.${at}`))
  expect(await (await world.browser.fetch('/auth/session')).json()).toMatchObject({
    authenticated: true,
  })
})

test('refuses a session of more than 12 kB with a page, keeps nothing of it, and the error names the cure', async () => {
  const world = await testBff()
  world.provider.idTokenClaims = { picture: `https://example.com/${'x'.repeat(9500)}` }

  const { response } = await world.browser.navigate('/auth/login')

  expect(response.status).toBe(400)
  expect([...world.browser.cookies().keys()]).toEqual([])
  expect(world.eventsNamed('sign-in-failed')).toMatchObject([{ kind: 'session-too-large' }])
  expect(new SessionTooLarge(13_000).message).toMatch(/OIDC_SCOPE.*SESSION_MODE=server/)
})

const sizes = [
  ['in one cookie', 0],
  ['in pieces', 5000],
] as const

test.for(sizes)('iron-session reads what is written here, %s', async ([, more]) => {
  const { browser, provider } = await testBff({ session: { secrets: [secret] } })
  provider.idTokenClaims = { picture: 'x'.repeat(more) }
  await browser.navigate('/auth/login')

  const read = await getIronSession<{ content?: object }>(
    { read: (piece) => browser.cookies().get(piece)?.value, write: () => {} },
    { cookieName: name, password, ttl: 0 },
  )

  expect(browser.cookies().size > 1).toBe(more > 0)
  expect(read.content).toMatchObject({ purpose: 'session', sub: 'ada' })
})

test.for(sizes)('what iron-session writes is read here, %s', async ([, more]) => {
  const world = await signedInTestBff({ session: { secrets: [secret] } })
  const cookies = new Map([...world.browser.cookies()].map(([piece, { value }]) => [piece, value]))
  const jar: CookieJar = {
    read: (piece) => cookies.get(piece),
    write: (piece, value) =>
      void (value === '' ? cookies.delete(piece) : cookies.set(piece, value)),
  }
  const theirs = await getIronSession<{ content: { claims?: object } }>(jar, {
    cookieName: name,
    password,
    ttl: 0,
    chunk: true,
  })
  theirs.content = { ...theirs.content, claims: { name: 'x'.repeat(more) } }
  await theirs.save()

  const header = [...cookies].map(([piece, value]) => `${piece}=${value}`).join('; ')
  const answer = await world.browser
    .with(new Map())
    .fetch('/auth/session', { headers: { Cookie: header } })

  expect(cookies.size > 1).toBe(more > 0)
  expect(await answer.json()).toMatchObject({ authenticated: true })
})
