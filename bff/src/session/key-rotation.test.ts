import { sealData } from 'iron-session'
import { expect, test } from 'vitest'
import { createKeyRing, keyId, type SecretSource } from '../base/key-ring.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { openBrowser, type Browser, type Cookies } from '../testing/browser.ts'
import { anotherInstance, publicUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

const name = '__Host-Http-strongroom'
const older = 'the older secret of more than thirty-two characters'
const newer = 'the newer secret of more than thirty-two characters'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

const modes = ['cookie', 'server'] as const

test.for(modes)('a new key in front signs nobody out, in %s mode', async (mode) => {
  const secrets = changing([older])
  const { browser, clock } = await signedInTestBff({ session: { secrets, mode } })

  secrets.become([newer, older])
  clock.advance(2)

  expect(await isSignedIn(browser)).toBe(true)
})

test('what is sealed after a rotation is sealed by the new key', async () => {
  const secrets = changing([older])
  const world = await signedInTestBff({ session: { secrets } })

  secrets.become([newer, older])
  world.clock.advance(2)
  const second = openBrowser(world.internet, publicUrl)
  await second.navigate('/auth/login')
  const before = keyOf(world.browser.cookies())
  world.clock.advance(200)
  await world.browser.fetch('/api/notes')

  expect(keyOf(second.cookies())).toBe(keyId(newer))
  expect([before, keyOf(world.browser.cookies())]).toEqual([keyId(older), keyId(newer)])
})

test.for(modes)('a dropped key opens nothing any more, in %s mode', async (mode) => {
  const secrets = changing([older])
  const world = await signedInTestBff({ session: { secrets, mode } })
  const seenBefore = await isSignedIn(world.browser)

  secrets.become([newer])
  world.clock.advance(2)

  expect([seenBefore, await isSignedIn(world.browser)]).toEqual([true, false])
  expect(world.eventsNamed('seal-refused').at(-1)).toMatchObject({ reason: 'unknown-key' })
})

test('a session that was forged with a leaked secret dies with the secret, though it was opened before', async () => {
  const secrets = changing([newer, older])
  const world = await testBff({ session: { secrets } })
  const thief = await forgedBy(older, world)
  const before = await isSignedIn(thief)

  secrets.become([newer])
  world.clock.advance(2)

  expect([before, await isSignedIn(thief)]).toEqual([true, false])
})

test('a session that was forged with a leaked secret lives on while the secret is not dropped, with the guard off', async () => {
  const world = await testBff({ session: { secrets: [newer, older] } })
  const thief = await forgedBy(older, world)
  world.clock.advance(2)

  expect(await isSignedIn(thief)).toBe(true)
})

test('a sign-in that was begun before a rotation comes to its end after it', async () => {
  const secrets = changing([older])
  const world = await testBff({ session: { secrets } })
  const begun = await world.browser.navigate('/auth/login?return_to=/a', { until: /\/callback/ })

  secrets.become([newer, older])
  world.clock.advance(2)
  const arrival = await world.browser.navigate(begun.url.href)

  expect(arrival.url.pathname).toBe('/a')
  expect(await isSignedIn(world.browser)).toBe(true)
})

test('a sign-in that was begun under a key that is dropped meanwhile is told to begin again', async () => {
  const secrets = changing([older])
  const world = await testBff({ session: { secrets } })
  const begun = await world.browser.navigate('/auth/login?return_to=/a', { until: /\/callback/ })

  secrets.become([newer])
  world.clock.advance(2)
  const { response } = await world.browser.navigate(begun.url.href)

  expect(response.status).toBe(400)
  expect(world.eventsNamed('seal-refused')).toEqual([
    { name: 'seal-refused', purpose: 'login', reason: 'unknown-key' },
  ])
})

test('what was put into the store before a rotation is found after it', async () => {
  const secrets = changing([older])
  const world = await signedInTestBff({ session: { secrets }, accessTokenSeconds: 300 })
  const late = world.browser.with(world.browser.cookies())
  world.clock.advance(301)
  await world.browser.fetch('/api/notes')

  secrets.become([newer, older])
  world.clock.advance(2)
  const answer = await late.fetch('/api/notes')

  expect(answer.status).toBe(200)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('an ended session stays ended over a rotation', async () => {
  const secrets = changing([older])
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ session: { secrets }, store })
  const copy = world.browser.cookies()
  await world.browser.fetch('/auth/logout', { method: 'POST' })

  const rotated = anotherInstance(world, { session: { secrets: [newer, older] }, store })

  expect(await isSignedIn(rotated.browser(copy))).toBe(false)
})

test('two instances that change at different moments understand each other when the new key comes second first', async () => {
  const [here, there] = [changing([older]), changing([older])]
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  const world = await signedInTestBff({ session: { secrets: here }, store })
  const other = anotherInstance(world, { session: { secrets: there }, store })
  const steps = [[older, newer], [newer, older], [newer]] as const
  const signedIn: boolean[] = []

  for (const step of steps) {
    // One instance takes the step, then the other; between the two each gets what the other has sealed.
    for (const secrets of [here, there]) {
      secrets.become(step)
      world.clock.advance(200)
      await world.browser.fetch('/api/notes')
      const browser = other.browser(world.browser.cookies())
      signedIn.push(await isSignedIn(world.browser), await isSignedIn(browser))
    }
  }

  expect(signedIn).toEqual(Array(12).fill(true))
})

test('an instance that does not know the new key yet refuses its cookies and takes none away', async () => {
  const secrets = changing([older])
  const world = await signedInTestBff({ session: { secrets: [newer, older] } })
  const behind = anotherInstance(world, { session: { secrets } })
  const browser = behind.browser(world.browser.cookies())

  const before = await isSignedIn(browser)
  const call = await browser.fetch('/api/notes')
  secrets.become([newer, older])
  world.clock.advance(2)

  expect([before, call.status]).toEqual([false, 401])
  expect(browser.setCookies).toEqual([])
  expect(await isSignedIn(browser)).toBe(true)
})

test('secrets that can’t be used leave those of before in use, are told once, and are not repeated', async () => {
  const secrets = changing([older])
  const world = await signedInTestBff({ session: { secrets } })

  for (const bad of [['short-but-secret'], ['short-but-secret'], [], ['a'.repeat(40)]]) {
    secrets.become(bad)
    world.clock.advance(2)
    expect(await isSignedIn(world.browser)).toBe(true)
  }

  const told = world.eventsNamed('keys-refused')
  expect(told.map(({ detail }) => detail)).toEqual([
    expect.stringContaining('fewer than 32'),
    expect.stringContaining('missing'),
    expect.stringContaining('easy to guess'),
  ])
  expect(JSON.stringify(world.events)).not.toMatch(/short-but-secret|aaaaaaaa/)
})

test('tells the ids of the keys in use at the start and at each change, the sealing one first', async () => {
  const secrets = changing([older])
  const world = await testBff({ session: { secrets } })

  secrets.become([newer, older])
  world.clock.advance(2)
  await world.browser.fetch('/auth/session')
  await world.browser.navigate('/auth/login', { until: /\/authorize/ })

  expect(world.eventsNamed('keys-in-use').map(({ keys }) => keys)).toEqual([
    [keyId(older)],
    [keyId(newer), keyId(older)],
  ])
})

test('a cookie in steady use is counted by its key again and again, so that a key still needed shows', async () => {
  const { browser, clock, eventsNamed } = await signedInTestBff({ session: { secrets: [older] } })

  for (const _ of Array.from({ length: 10 })) await browser.fetch('/auth/session')
  const atOnce = eventsNamed('seal-opened').filter(({ purpose }) => purpose === 'session')
  clock.advance(301)
  await browser.fetch('/auth/session')

  expect(atOnce).toEqual([{ name: 'seal-opened', purpose: 'session', key: keyId(older) }])
  expect(eventsNamed('seal-opened').at(-1)).toEqual(atOnce[0])
  expect(eventsNamed('seal-opened').filter(({ purpose }) => purpose === 'session')).toHaveLength(2)
})

interface Changing extends SecretSource {
  become(secrets: readonly string[]): void
}

function changing(secrets: readonly string[]): Changing {
  let current = secrets
  return {
    current: () => current,
    become: (secrets) => {
      current = secrets
    },
  }
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  const answer = await browser.fetch('/auth/session')
  return ((await answer.json()) as { authenticated: boolean }).authenticated
}

function keyOf(cookies: Cookies): string | undefined {
  return cookies.get(name)?.value.split('*')[1]
}

/** What whoever has a secret can do: make up a session for anybody. */
async function forgedBy(
  leaked: string,
  { internet, clock }: Awaited<ReturnType<typeof testBff>>,
): Promise<Browser> {
  const now = clock.now()
  const session = {
    v: 1,
    purpose: 'session',
    sid: 'made-up-by-the-thief',
    generation: 0,
    startedAt: now,
    startedAtMilliseconds: clock.milliseconds(),
    publishedAt: null,
    touchedAt: now,
    sub: 'ada',
    claims: {},
    providerSid: null,
    authTime: null,
    tokens: {
      accessToken: 'x',
      refreshToken: 'x',
      idToken: null,
      scopes: ['openid'],
      issuedAt: now,
      expiresAt: now + 600,
    },
  }
  const password = createKeyRing([leaked]).passwords('session').sealing
  const value = await sealData({ content: session }, { password, ttl: 0 })
  return openBrowser(internet, publicUrl, new Map([[name, { value, attributes }]]))
}
