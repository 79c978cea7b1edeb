import { expect, onTestFinished, test, vi } from 'vitest'
import { breakableStore, type BreakableStore, type StoreState } from '../testing/breakable-store.ts'
import type { Browser } from '../testing/browser.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import {
  anotherInstance,
  secret,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'
import { sessionCookieName } from '../session/cookie-jar.ts'

const signOut = { method: 'POST' } as const

/** A store that is silent costs a quarter of a second a question, and after three of them nothing. */
const troubles: readonly Exclude<StoreState, 'up'>[] = ['down', 'silent', 'full']

const modes = ['cookie', 'server'] as const

const inMode = (mode: (typeof modes)[number], store: BreakableStore) => ({
  store,
  session: { secrets: [secret], mode },
})

test.for(troubles)('signing in to a session in the cookie needs no store: %s', async (trouble) => {
  const store = breakableStore()
  const { browser } = await testBff(inMode('cookie', store))
  store.state = trouble

  const { url } = await browser.navigate('/auth/login?return_to=/notes')
  const call = await browser.fetch('/api/notes')

  expect(url.pathname).toBe('/notes')
  expect(call.status).toBe(200)
})

test.for(troubles)(
  'signing in to a session on the server ends on a page, and works at the next try: %s',
  async (trouble) => {
    const store = breakableStore()
    const { browser, provider, clock } = await testBff(inMode('server', store))
    store.state = trouble

    const { response } = await browser.navigate('/auth/login?return_to=/notes')
    const left = browser.cookies().size
    store.state = 'up'
    clock.advance(2)
    const after = await browser.navigate('/auth/login?return_to=/notes')

    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('1')
    expect(await response.text()).toContain('Signing in is not possible at the moment')
    expect(left).toBe(0)
    expect(after.url.pathname).toBe('/notes')
    expect(await isSignedIn(browser)).toBe(true)
    expect(provider.revocations).toEqual([])
  },
)

test.for(troubles)(
  'a call with a token that is still good goes through without the store, in the leeway too, and nothing is spent: %s',
  async (trouble) => {
    const store = breakableStore()
    const world = await signedInTestBff({ ...inMode('cookie', store), accessTokenSeconds: 300 })
    const { browser, clock, provider } = world
    const before = browser.setCookies.length
    store.state = trouble

    const fresh = await browser.fetch('/api/notes')
    clock.advance(250)
    const inLeeway = await browser.fetch('/api/notes')
    await expect.poll(() => world.eventsNamed('refresh-failed').length).toBeGreaterThan(0)
    const spent = provider.tokenRequests('refresh_token')
    store.state = 'up'
    clock.advance(2)
    await browser.fetch('/api/notes')

    expect([fresh.status, inLeeway.status]).toEqual([200, 200])
    expect(spent).toBe(0)
    await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)
    expect(
      browser.setCookies.slice(before).filter((line) => line.startsWith(`${sessionCookieName}=;`)),
    ).toEqual([])
    expect(await isSignedIn(browser)).toBe(true)
  },
)

test.for(troubles.flatMap((trouble) => modes.map((mode) => [mode, trouble] as const)))(
  'in %s mode a call whose token is over hears 503, spends nothing, and goes on afterwards: %s',
  async ([mode, trouble]) => {
    const store = breakableStore()
    const world = await signedInTestBff({ ...inMode(mode, store), accessTokenSeconds: 60 })
    const { browser, clock, provider } = world
    const cookies = browser.cookies()
    store.state = trouble
    clock.advance(61)

    const during = await browser.fetch('/api/notes')
    const spent = provider.tokenRequests('refresh_token')
    const kept = browser.cookies()
    store.state = 'up'
    clock.advance(2)
    const after = await browser.fetch('/api/notes')

    expect(during.status).toBe(503)
    expect(during.headers.get('Retry-After')).toBe('1')
    expect(await during.json()).toMatchObject({ code: 'store_unavailable' })
    expect(spent).toBe(0)
    expect(kept).toEqual(cookies)
    expect(after.status).toBe(200)
    expect(provider.revocations).toEqual([])
  },
)

test.for(troubles)('who is signed in is told without the store: %s', async (trouble) => {
  const store = breakableStore()
  const { browser, clock } = await signedInTestBff({
    ...inMode('cookie', store),
    accessTokenSeconds: 60,
  })
  store.state = trouble
  const valid = await isSignedIn(browser)
  clock.advance(61)

  expect([valid, await isSignedIn(browser)]).toEqual([true, true])
})

test.for(troubles)(
  'a sign-out in cookie mode ends the session here, revokes its tokens, and is told to the others later: %s',
  async (trouble) => {
    const store = breakableStore()
    const world = await signedInTestBff(inMode('cookie', store))
    const other = anotherInstance(world, inMode('cookie', store))
    const copied = world.browser.cookies()
    store.state = trouble

    const answer = await world.browser.fetch('/auth/logout', signOut)
    const here = await world.browser.with(copied).fetch('/api/notes')
    store.state = 'up'
    world.clock.advance(2)

    expect(await answer.json()).toMatchObject({
      receipt: { session: 'ended-here', refreshToken: 'revoked', accessToken: 'revoked' },
    })
    expect(world.browser.cookies().size).toBe(0)
    expect(here.status).toBe(401)
    await expect.poll(() => statusAtLast(world, other.browser(copied)), { timeout: 3000 }).toBe(401)
  },
)

test.for(['down', 'silent'] as const)(
  'a sign-out in server mode ends the session unopened, and says that its tokens could not be revoked: %s',
  async (trouble) => {
    const store = breakableStore()
    const world = await signedInTestBff(inMode('server', store))
    const other = anotherInstance(world, inMode('server', store))
    const copied = world.browser.cookies()
    store.state = trouble

    const answer = await world.browser.fetch('/auth/logout', signOut)
    store.state = 'up'
    world.clock.advance(2)
    const here = await world.browser.with(copied).fetch('/api/notes')

    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      location: expect.stringContaining('/end-session') as string,
      receipt: { session: 'ended-here', refreshToken: 'failed', accessToken: 'failed' },
    })
    expect(world.browser.cookies().size).toBe(0)
    expect(here.status).toBe(401)
    await expect.poll(() => statusAtLast(world, other.browser(copied)), { timeout: 3000 }).toBe(401)
  },
)

test('a form that signs out of a session that can’t be opened is led to the provider', async () => {
  const store = breakableStore()
  const { browser } = await signedInTestBff(inMode('server', store))
  store.state = 'down'

  const answer = await browser.fetch('/auth/logout', {
    ...signOut,
    headers: { 'X-CSRF': '', 'Content-Type': 'application/x-www-form-urlencoded' },
  })

  expect(answer.status).toBe(303)
  expect(answer.headers.get('Location')).toContain('/end-session')
  expect(browser.cookies().size).toBe(0)
})

test('a sign-out in server mode with a full store is as good as any', async () => {
  const store = breakableStore()
  const { browser } = await signedInTestBff(inMode('server', store))
  const copied = browser.cookies()
  store.state = 'full'

  const answer = await browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({
    receipt: { session: 'ended-here', refreshToken: 'revoked', accessToken: 'revoked' },
  })
  expect((await browser.with(copied).fetch('/api/notes')).status).toBe(401)
})

test.for(['down', 'silent'] as const)(
  'the list of sessions hears 503, and so does the end of one of them: %s',
  async (trouble) => {
    const store = breakableStore()
    const { browser } = await signedInTestBff(inMode('cookie', store))
    store.state = trouble

    const answers = [
      await browser.fetch('/auth/sessions'),
      await browser.fetch('/auth/sessions/some', { method: 'DELETE' }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    expect(answers.map(({ headers }) => headers.get('Retry-After'))).toEqual(['1', '1'])
    expect(await isSignedIn(browser)).toBe(true)
  },
)

test.for(troubles)(
  'signing out everywhere ends what is here at once, and the rest when the store is back: %s',
  async (trouble) => {
    const store = breakableStore()
    const world = await signedInTestBff(inMode('cookie', store))
    const elsewhere = world.browser.with(new Map())
    await elsewhere.navigate('/auth/login')
    const other = anotherInstance(world, inMode('cookie', store))
    world.clock.advance(1)
    store.state = trouble

    const answer = await world.browser.fetch('/auth/sessions', { method: 'DELETE' })
    const here = await elsewhere.fetch('/api/notes')
    store.state = 'up'
    world.clock.advance(2)

    expect(answer.status).toBe(204)
    expect(world.browser.cookies().size).toBe(0)
    expect(here.status).toBe(401)
    await expect
      .poll(() => statusAtLast(world, other.browser(elsewhere.cookies())), { timeout: 3000 })
      .toBe(401)
  },
)

test.for(['down', 'silent'] as const)(
  'starts, is alive, and is not ready until the store answers: %s',
  async (trouble) => {
    const store = breakableStore()
    store.state = trouble
    const { browser, clock } = await testBff({ store })

    const alive = await browser.fetch('/healthz')
    const during = await browser.fetch('/readyz')
    store.state = 'up'
    clock.advance(2)
    const after = await browser.fetch('/readyz')

    expect([alive.status, during.status, after.status]).toEqual([200, 503, 200])
    expect(await during.text()).toContain('store: unreachable')
  },
)

test('a store that is full still tells what it has: sessions on the server go on', async () => {
  const store = breakableStore()
  const { browser, clock } = await signedInTestBff({
    ...inMode('server', store),
    accessTokenSeconds: 3600,
  })
  store.state = 'full'

  const statuses: number[] = []
  for (let call = 0; call < 6; call += 1) {
    // Each of them is to be noted down, which fails.
    clock.advance(200)
    statuses.push((await browser.fetch('/api/notes')).status)
  }

  expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
})

test('a silent store costs a quarter of a second three times, and then nothing until a second has gone by', async () => {
  const store = breakableStore()
  const world = await signedInTestBff({ ...inMode('server', store), accessTokenSeconds: 60 })
  store.state = 'silent'
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const gets = () => store.asked.filter((name) => name === 'get').length

  const statuses: number[] = []
  for (let call = 1; call <= 3; call += 1) {
    const asked = gets()
    const answer = world.browser.fetch('/api/notes')
    await expect
      .poll(() => gets() > asked || world.eventsNamed('store-unreachable').length)
      .toBeTruthy()
    await vi.advanceTimersByTimeAsync(250)
    statuses.push((await answer).status)
  }
  const asked = gets()
  const atOnce = await world.browser.fetch('/api/notes')

  expect([...statuses, atOnce.status]).toEqual([503, 503, 503, 503])
  expect(gets()).toBe(asked)
})

/** The breakers of a store that is back go by the clock that is set by hand. */
async function statusAtLast({ clock }: TestBff, browser: Browser): Promise<number> {
  clock.advance(1)
  return (await browser.fetch('/api/notes')).status
}
