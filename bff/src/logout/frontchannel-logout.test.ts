import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import {
  anotherInstance,
  issuer,
  publicUrl,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'
import { frontchannelLogout, type FrontchannelLogoutParts } from './frontchannel-logout.ts'

/** What a browser sends for an iframe of another site's page: no strict cookie. */
function frame(world: TestBff, parameters: string): Promise<Response> {
  return world.internet.fetch(`${publicUrl}/auth/frontchannel-logout?${parameters}`, {
    headers: {
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'iframe',
    },
  })
}

const named = (sid: string) => new URLSearchParams({ iss: issuer, sid }).toString()

test.for(['rpinitlogout', 'opinitlogout'])(
  'oidcc-client-test-rp-frontchannel-%s: an iframe of the provider ends the session without its cookie',
  async () => {
    const world = await signedInTestBff()
    world.clock.advance(1)

    const answer = await frame(world, named('provider-session'))
    const call = await world.browser.fetch('/api/notes')

    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(call.status).toBe(401)
    expect(await call.json()).toMatchObject({ code: 'session_ended' })
    expect(world.eventsNamed('signed-out-at-provider')).toMatchObject([{ channel: 'front' }])
  },
)

test('the answer may be framed by the provider and by nobody else, and is kept nowhere', async () => {
  const world = await testBff()

  const { headers } = await frame(world, named('unknown'))

  expect(headers.get('Content-Security-Policy')).toBe(
    `default-src 'none'; frame-ancestors ${issuer}`,
  )
  expect(headers.get('X-Frame-Options')).toBeNull()
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
})

test('the answer may be framed by the page of the end-session endpoint, wherever that is', async () => {
  const world = await testBff()
  world.provider.metadata = { end_session_endpoint: 'https://logout.example.net/end' }
  await world.browser.navigate('/auth/login')

  const { headers } = await frame(world, named('unknown'))

  expect(headers.get('Content-Security-Policy')).toBe(
    `default-src 'none'; frame-ancestors ${issuer} https://logout.example.net`,
  )
})

test.for([
  ['no iss', 'sid=provider-session'],
  ['no sid', `iss=${issuer}`],
  ['an empty sid', `iss=${issuer}&sid=`],
  ['another issuer', 'iss=https://evil.example&sid=provider-session'],
  ['two issuers', `iss=${issuer}&iss=${issuer}&sid=provider-session`],
  ['two sids', `iss=${issuer}&sid=provider-session&sid=x`],
  ['nothing', ''],
] as const)('a call with %s is refused and ends nothing', async ([, parameters]) => {
  const world = await signedInTestBff()
  world.clock.advance(1)

  const answer = await frame(world, parameters)

  expect(answer.status).toBe(400)
  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
})

test('a foreign page gains nothing with a guessed sid: nothing ends, nothing is told, nothing is kept', async () => {
  const written: string[] = []
  const world = await signedInTestBff({ store: listening(written) })
  const known = await frame(world, named('provider-session'))
  await world.browser.navigate('/auth/login')
  written.length = 0

  const guesses = await Promise.all(
    Array.from({ length: 50 }, (_, serial) => frame(world, named(`guess-${serial}`))),
  )

  expect(guesses.map(({ status }) => status)).toEqual(Array(50).fill(known.status))
  const [guess] = guesses
  const told = (response: Response | undefined) =>
    [...(response?.headers ?? [])].filter(([name]) => name !== 'x-request-id')
  expect(told(guess)).toEqual(told(known))
  expect(await guess?.text()).toBe(await known.text())
  expect(written).toEqual([])
  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
})

test('without the register of provider sessions each guess is written down', async () => {
  const ended: string[] = []
  const parts = {
    issuer: new URL(issuer),
    providerSessions: { userOf: async () => 'anybody', forget: async () => {} },
    ended: {
      endProviderSession: async (providerSid: string) => {
        ended.push(providerSid)
        return 'everywhere'
      },
    },
    index: { removeOfProvider: async () => {} },
    telemetry: { record: () => {} },
  } as unknown as FrontchannelLogoutParts
  const app = new Hono().get('/', frontchannelLogout(parts))

  for (const guess of ['a', 'b', 'c']) await app.request(`/?${named(guess)}`)

  expect(ended).toEqual(['a', 'b', 'c'])
})

test('revokes nothing by itself: the tokens go when the ended session’s cookie shows up', async () => {
  const world = await signedInTestBff()
  world.clock.advance(1)
  await frame(world, named('provider-session'))
  const revokedAtOnce = [...world.provider.revocations]

  await world.browser.fetch('/auth/session')

  expect(revokedAtOnce).toEqual([])
  await expect.poll(() => world.provider.revocations.length).toBe(2)
})

test('the list of the user’s sessions drops the ended one', async () => {
  const world = await signedInTestBff()
  world.clock.advance(1)
  await frame(world, named('provider-session'))
  world.provider.idTokenClaims = { sid: 'a-later-one' }

  await world.browser.navigate('/auth/login')
  const list = (await (await world.browser.fetch('/auth/sessions')).json()) as {
    readonly sessions: readonly unknown[]
  }

  expect(list.sessions).toHaveLength(1)
})

test('while the store can’t be reached, ends the session here at once, and on the others when it is back', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  const copied = world.browser.cookies()
  world.clock.advance(1)
  store.cut = true

  const answer = await frame(world, named('provider-session'))
  const here = await world.browser.fetch('/api/notes')
  const there = await other.browser(copied).fetch('/api/notes')
  store.cut = false
  world.clock.advance(2)

  expect([answer.status, here.status, there.status]).toEqual([200, 401, 200])
  await expect
    .poll(async () => (await other.browser(copied).fetch('/api/notes')).status, { timeout: 2000 })
    .toBe(401)
})

test('while the store can’t be reached, guesses end nothing, and no more than a thousand are kept', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ store })
  world.clock.advance(1)
  store.cut = true

  const statuses: number[] = []
  for (let serial = 0; serial < 1010; serial += 1) {
    statuses.push((await frame(world, named(`guess-${serial}`))).status)
  }

  expect(statuses.slice(0, 1000).every((status) => status === 200)).toBe(true)
  expect(statuses.slice(1000)).toEqual(Array(10).fill(503))
  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
})

/** A store that tells what is written to it. */
function listening(written: string[]): Store {
  const store = memoryStore(systemClock)
  const { keyValue, journal } = store
  const heard =
    <Values extends [string, ...unknown[]], T>(write: (...values: Values) => T) =>
    (...values: Values): T => {
      written.push(values[0])
      return write(...values)
    }
  return {
    ...store,
    keyValue: { ...keyValue, set: heard(keyValue.set), replace: heard(keyValue.replace) },
    journal: { ...journal, append: heard(journal.append) },
  }
}
