import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import type { HttpBindings } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { redisStore } from '../keyvalue/redis-store.ts'
import { sqliteStore } from '../keyvalue/sqlite-store.ts'
import type { KeyValue, Store } from '../keyvalue/store.ts'
import type { BffOptions } from '../options/options.ts'
import type { Browser } from '../testing/browser.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { startRedisServer } from '../testing/redis-server.ts'
import { anotherInstance, issuer, testBff } from '../testing/test-bff.ts'
import { rateLimit } from './rate-limit.ts'
import { rateLimiter } from './rate-limiter.ts'

/** What the server hands over with a request: all that is known of who sent it. */
function from(remoteAddress: string | undefined) {
  return { incoming: { socket: { remoteAddress } }, outgoing: {} } as never
}

/** A BFF with a limit of three a minute, asked from any address. */
async function limitedBff(options: Partial<BffOptions> = {}) {
  const world = await testBff({ rateLimitPerMinute: 3, ...options })
  const ask = async (path: string, address: string | undefined, init: RequestInit = {}) =>
    world.bff.app.request(path, init, from(address))
  /** The statuses of so many in a row. */
  const flood = async (times: number, ...[path, address, init]: Parameters<typeof ask>) => {
    const statuses: number[] = []
    for (let n = 0; n < times; n += 1) statuses.push((await ask(path, address, init)).status)
    return statuses
  }
  return { ...world, ask, flood }
}

const attacker = '203.0.113.7'
const user = '198.51.100.9'
const ownForm = {
  method: 'POST',
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  },
}
const ownScript = { method: 'POST', headers: { 'X-CSRF': '1', 'Sec-Fetch-Mode': 'cors' } }

const limited: readonly [name: string, path: string, init: RequestInit, type: string][] = [
  ['GET /auth/login', '/auth/login', {}, 'text/html; charset=UTF-8'],
  ['GET /auth/login/initiate', '/auth/login/initiate?iss=x', {}, 'text/html; charset=UTF-8'],
  ['GET /auth/callback', '/auth/callback?code=x&state=y', {}, 'text/html; charset=UTF-8'],
  ['POST /auth/logout by form', '/auth/logout', ownForm, 'text/html; charset=UTF-8'],
  ['POST /auth/logout by script', '/auth/logout', ownScript, 'application/problem+json'],
]

test.for(limited)(
  '%s is refused to a network that asks too often',
  async ([, path, init, type]) => {
    const { ask, flood, events } = await limitedBff()
    await flood(3, path, attacker, init)
    const before = events.length

    const refused = await ask(path, attacker, init)
    await flood(5, path, attacker, init)

    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(60)
    expect(refused.headers.get('Content-Type')).toBe(type)
    expect(refused.headers.get('Cache-Control')).toBe('no-store')
    expect(refused.headers.getSetCookie().filter((line) => !line.includes('Max-Age=0'))).toEqual([])
    expect(events.slice(before).map(({ name }) => name)).toEqual(['rate-limited'])
  },
)

const byProvider: readonly [name: string, path: string, init: RequestInit][] = [
  [
    'POST /auth/backchannel-logout with a forged token',
    '/auth/backchannel-logout',
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'logout_token=forged',
    },
  ],
  [
    'GET /auth/frontchannel-logout with a guessed sid',
    '/auth/frontchannel-logout?iss=https://id.example.net&sid=guessed',
    {},
  ],
]

test.for(byProvider)(
  '%s is refused to a network that asks too often, and to nobody else',
  async ([, path, init]) => {
    const { ask, flood } = await limitedBff()
    const [first] = await flood(6, path, attacker, init)

    const refused = await ask(path, attacker, init)

    expect(first).not.toBe(429)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await flood(1, path, user, init)).toEqual([first])
  },
)

test('the refusal says what to do, in words or as a problem', async () => {
  const { ask, flood } = await limitedBff()
  await flood(3, '/auth/login', attacker)
  await flood(3, '/auth/logout', attacker, ownScript)

  const page = await (await ask('/auth/login', attacker)).text()
  const problem: unknown = await (await ask('/auth/logout', attacker, ownScript)).json()

  expect(page).toContain('Wait a minute, then load this page again.')
  expect(problem).toMatchObject({ code: 'rate_limited', status: 429 })
})

test('a flood reaches neither the provider nor the store', async () => {
  const store = memoryStore(systemClock)
  let asked = 0
  const counting: KeyValue = {
    ...store.keyValue,
    get: (key) => {
      asked += 1
      return store.keyValue.get(key)
    },
  }
  const { flood, internet } = await limitedBff({ store: { ...store, keyValue: counting } })
  await flood(4, '/auth/login', attacker)
  const before = asked
  internet.host('https://id.example.net', () => {
    throw new Error('the provider was asked')
  })

  const statuses = await flood(100, '/auth/login', attacker)

  expect(new Set(statuses)).toEqual(new Set([429]))
  expect(asked).toBe(before)
})

test('without a limit a flood of sign-ins goes through, with the guard off', async () => {
  const { flood } = await limitedBff({ rateLimitPerMinute: 0 })

  const statuses = await flood(50, '/auth/login', attacker)

  expect(new Set(statuses)).toEqual(new Set([303]))
})

test('nobody is locked out by what somebody elsewhere does', async () => {
  const { flood } = await limitedBff()

  await flood(20, '/auth/login', attacker)

  expect(await flood(1, '/auth/login', user)).toEqual([303])
})

test('each of the doors is counted for itself', async () => {
  const { flood } = await limitedBff()

  await flood(20, '/auth/login', attacker)

  expect(await flood(1, '/auth/callback', attacker)).toEqual([400])
  expect(await flood(1, '/auth/logout', attacker, ownScript)).toEqual([200])
})

test('what a foreign page makes a browser fetch does not keep its user from signing in', async () => {
  const { flood } = await limitedBff()
  const image = { headers: { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' } }

  await flood(20, '/auth/login', user, image)
  await flood(20, '/auth/callback?code=x&state=y', user, image)
  await flood(20, '/auth/logout', user, {
    method: 'POST',
    headers: { Origin: 'https://evil.example' },
  })

  expect(await flood(1, '/auth/login', user)).toEqual([303])
  expect(await flood(1, '/auth/callback?code=x&state=y', user)).toEqual([400])
  expect(await flood(1, '/auth/logout', user, ownScript)).toEqual([200])
})

test('a made-up X-Forwarded-For does not make another client of one', async () => {
  const { ask, flood } = await limitedBff()
  await flood(3, '/auth/login', attacker)

  const answer = await ask('/auth/login', attacker, { headers: { 'X-Forwarded-For': '192.0.2.1' } })

  expect(answer.status).toBe(429)
})

test('the log tells that a proxy is missing among the trusted ones', async () => {
  const { flood, eventsNamed } = await limitedBff({ trustedProxies: ['10.0.0.0/8'] })
  const headers = { 'X-Forwarded-For': '192.0.2.1' }

  await flood(61, '/auth/login', '172.16.0.1', { headers })
  await flood(5, '/auth/login', '10.0.0.1', { headers })

  expect(eventsNamed('unnamed-proxy')).toEqual([{ name: 'unnamed-proxy', address: '172.16.0.1' }])
  expect(eventsNamed('rate-limited').map(({ unnamedProxy }) => unnamedProxy)).toEqual([true, false])
})

test('users behind a proxy that nobody named share twenty times the limit of one', async () => {
  const { flood } = await limitedBff()
  const headers = { 'X-Forwarded-For': user }

  const statuses = await flood(62, '/auth/login', '127.0.0.1', { headers })

  expect(statuses).toEqual([...Array(60).fill(303), 429, 429])
  expect(await flood(4, '/auth/login', '127.0.0.1')).toEqual([303, 303, 303, 429])
})

test('nobody gets so much who calls from the internet, whatever they claim', async () => {
  const { flood, eventsNamed } = await limitedBff()
  const headers = { 'X-Forwarded-For': '127.0.0.1' }

  expect(await flood(4, '/auth/login', attacker, { headers })).toEqual([303, 303, 303, 429])
  expect(eventsNamed('unnamed-proxy')).toEqual([])
})

test('behind a trusted proxy each client is its own, whatever it claims itself', async () => {
  const { ask, flood } = await limitedBff({ trustedProxies: ['10.0.0.0/8'] })
  const by = (chain: string) => ({ headers: { 'X-Forwarded-For': chain } })
  await flood(3, '/auth/login', '10.0.0.1', by(attacker))

  const claimed = await ask('/auth/login', '10.0.0.1', by(`192.0.2.1, ${attacker}`))
  const other = await ask('/auth/login', '10.0.0.1', by(user))

  expect([claimed.status, other.status]).toEqual([429, 303])
})

test('the addresses of one IPv6 network are one client, IPv4 in IPv6 is not', async () => {
  const { flood } = await limitedBff()
  for (const n of [1, 2, 3]) await flood(1, '/auth/login', `2001:db8:0:1::${n}`)
  await flood(3, '/auth/login', '::ffff:203.0.113.7')

  expect(await flood(1, '/auth/login', '2001:db8:0:1:ffff::9')).toEqual([429])
  expect(await flood(1, '/auth/login', '2001:db8:0:2::1')).toEqual([303])
  expect(await flood(1, '/auth/login', '::ffff:203.0.113.8')).toEqual([303])
  expect(await flood(1, '/auth/login', '203.0.113.7')).toEqual([429])
})

test('who has a whole /48 gets sixteen times the limit of one /64, and nobody beside it less', async () => {
  const { flood } = await limitedBff()
  const statuses: number[] = []
  for (let n = 0; n < 20; n += 1)
    statuses.push(...(await flood(3, '/auth/login', `2001:db8:0:${n}::1`)))

  expect(statuses).toEqual([...Array(48).fill(303), ...Array(12).fill(429)])
  expect(await flood(1, '/auth/login', '2001:db8:1:1::1')).toEqual([303])
})

test('one /64 that floods does not use up what its /48 may do', async () => {
  const { flood } = await limitedBff()
  await flood(100, '/auth/login', '2001:db8:0:1::1')

  expect(await flood(1, '/auth/login', '2001:db8:0:2::1')).toEqual([303])
})

test('IPv4 over NAT64 counts by its IPv4', async () => {
  const { flood } = await limitedBff()
  await flood(3, '/auth/login', '64:ff9b::203.0.113.7')

  expect(await flood(1, '/auth/login', '64:ff9b::203.0.113.8')).toEqual([303])
  expect(await flood(1, '/auth/login', '203.0.113.7')).toEqual([429])
})

test('where the address is not known there is no limit', async () => {
  const { flood } = await limitedBff()

  expect(new Set(await flood(10, '/auth/login', undefined))).toEqual(new Set([303]))
})

test('the count begins anew with the minute', async () => {
  const { clock, flood } = await limitedBff()
  await flood(3, '/auth/login', user)
  clock.advance(60)

  expect(await flood(1, '/auth/login', user)).toEqual([303])
})

test('while the store can’t be reached each instance counts for itself', async () => {
  const store = memoryStore(systemClock)
  const down = () => Promise.reject(new Error('down'))
  const { flood } = await limitedBff({
    store: { ...store, keyValue: { ...store.keyValue, get: down, replace: down } },
  })

  expect(await flood(5, '/auth/login', attacker)).toEqual([303, 303, 303, 429, 429])
})

test('while the store can’t be reached a network that is over the limit is told of once', async () => {
  const store = cuttableStore()
  const { flood, eventsNamed } = await limitedBff({ store })
  store.cut = true

  await flood(20, '/auth/login', attacker)

  expect(eventsNamed('rate-limited')).toHaveLength(1)
})

test('two instances tell of a network that is over the limit once', async () => {
  const store = memoryStore(systemClock)
  const world = await limitedBff({ store })
  const other = anotherInstance(world, { store, rateLimitPerMinute: 3 })

  await world.flood(5, '/auth/login', attacker)
  const answer = await other.bff.app.request('/auth/login', {}, from(attacker))

  expect(answer.status).toBe(429)
  expect(
    [...world.events, ...other.events].filter(({ name }) => name === 'rate-limited'),
  ).toHaveLength(1)
})

async function twoOfRedis(): Promise<readonly Store[]> {
  const redis = await startRedisServer()
  const stores = [redisStore(redis.url), redisStore(redis.url)]
  onTestFinished(async () => {
    for (const store of stores) await store.close()
    await redis.stop()
  })
  return stores
}

async function twoOfSqlite(): Promise<readonly Store[]> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  const stores = [1, 2].map(() => sqliteStore(join(folder, 'store.db'), systemClock))
  onTestFinished(async () => {
    for (const store of stores) await store.close()
    rmSync(folder, { recursive: true })
  })
  return stores
}

test.for([
  ['redis:', twoOfRedis],
  ['sqlite:', twoOfSqlite],
] as const)('%s two instances share the count, though they count at once', async ([, open]) => {
  const limiters = (await open()).map(({ keyValue }) => rateLimiter(keyValue, 20, systemClock))
  const calls = Array.from({ length: 15 }, () => limiters).flat()

  const verdicts = await Promise.all(calls.map((limiter) => limiter.count('rate/login/x')))

  const wentOn = verdicts.filter(({ retryAfterSeconds }) => retryAfterSeconds === null)
  expect(wentOn).toHaveLength(20)
})

/** What the page of somebody who is signed in sends from an address. */
function signedInScript(browser: Browser): RequestInit {
  const cookies = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
  return { ...ownScript, headers: { ...ownScript.headers, Cookie: cookies.join('; ') } }
}

async function signedInBrowsers({ browser }: { readonly browser: Browser }, count: number) {
  const browsers = Array.from({ length: count }, () => browser.with(new Map()))
  for (const each of browsers) await each.navigate('/auth/login')
  return browsers
}

test('nobody is kept signed in by what others of their network do', async () => {
  const { ask, flood, browser, provider } = await limitedBff()
  await browser.navigate('/auth/login')
  const copied = browser.with(browser.cookies())
  await flood(20, '/auth/logout', user, ownScript)

  const answer = await ask('/auth/logout', user, signedInScript(browser))

  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ receipt: { session: 'ended' } })
  expect(await isSignedIn(copied)).toBe(false)
  expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
})

test('with a limit before the session’s end, a flood keeps others of the network signed in: with the guard off', async () => {
  const world = await limitedBff()
  const { bff, browser, clock } = world
  await browser.navigate('/auth/login')
  const proxies = {
    isUnnamedProxy: () => false,
    isTrusted: () => false,
    forwardedFor: () => user,
    clientAddress: () => user,
  }
  const telemetry = { record: () => {} }
  const limiter = rateLimiter(memoryStore(clock).keyValue, 3, clock)
  const before = new Hono<{ Bindings: Partial<HttpBindings> }>()
  before.use(rateLimit({ rateLimiter: limiter, proxies, telemetry }, 'logout'))
  before.onError((_, c) => c.body(null, 429))
  before.all('*', (c) => bff.app.fetch(c.req.raw, c.env))
  const signOut = (init: RequestInit) => before.request('/auth/logout', init, from(user))
  for (const _ of [1, 2, 3]) await signOut(ownScript)

  const answer = await signOut(signedInScript(browser))

  expect(answer.status).toBe(429)
  expect(await isSignedIn(browser)).toBe(true)
})

test('each sign-out may be followed by one that clears the cache', async () => {
  const world = await limitedBff()
  const statuses: number[] = []

  for (const each of await signedInBrowsers(world, 3)) {
    statuses.push((await world.ask('/auth/logout', user, signedInScript(each))).status)
    statuses.push((await world.ask('/auth/logout', user, ownScript)).status)
  }

  expect(statuses).toEqual(Array(6).fill(200))
  expect(world.provider.revocations).toHaveLength(6)
})

test('sign-outs beyond the limit end the session, and spare the provider for the moment', async () => {
  const world = await limitedBff()
  const browsers = await signedInBrowsers(world, 4)
  const [last] = browsers.slice(-1)
  for (const each of browsers.slice(0, 3)) {
    await world.ask('/auth/logout', user, signedInScript(each))
  }
  const before = world.provider.revocations.length

  const answer = await world.ask('/auth/logout', user, signedInScript(last ?? world.browser))
  const after = world.provider.revocations.length
  world.clock.advance(5)
  await world.bff.drainRevocations()

  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    location: expect.stringContaining('/end-session') as string,
    receipt: { session: 'ended', refreshToken: 'queued', accessToken: 'queued' },
  })
  expect(after).toBe(before)
  expect(world.provider.revocations).toHaveLength(before + 2)
})

test('a copy of a cookie that signs out again and again costs the provider no more than the limit', async () => {
  const world = await limitedBff()
  await world.browser.navigate('/auth/login')
  const copy = signedInScript(world.browser)

  const statuses = await world.flood(20, '/auth/logout', attacker, copy)

  expect(statuses).toEqual([200, 200, 200, 200, ...Array<number>(16).fill(429)])
  expect(world.provider.revocations).toHaveLength(8)
})

test('a cookie that does not open is taken away beyond the limit, too', async () => {
  const { ask, flood } = await limitedBff()
  await flood(3, '/auth/logout', user, ownScript)

  const answer = await ask('/auth/logout', user, {
    method: 'POST',
    headers: { ...ownScript.headers, Cookie: '__Host-Http-strongroom=nonsense' },
  })

  expect(answer.status).toBe(429)
  expect(answer.headers.get('Set-Cookie')).toMatch(/^__Host-Http-strongroom=; .*Max-Age=0/)
})

/** What the provider, or whoever poses as it, posts to the back-channel logout. */
function posted(logoutToken: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${logoutToken}`,
  }
}

const backchannel = '/auth/backchannel-logout'

test('of a provider’s calls only those count that were refused', async () => {
  const { ask, flood, provider } = await limitedBff()
  const good = async () =>
    (await ask(backchannel, attacker, posted(await provider.logoutToken()))).status

  const accepted = [await good(), await good(), await good(), await good(), await good()]
  const refused = await flood(5, backchannel, attacker, posted('x'))
  const then = await good()

  expect(accepted).toEqual([200, 200, 200, 200, 200])
  expect(refused).toEqual([400, 400, 400, 400, 429])
  expect(then).toBe(429)
})

test('keys that can’t be had are not held against the provider', async () => {
  const { ask, flood, internet, provider, clock } = await limitedBff()
  const token = await provider.logoutToken()
  internet.unplug(issuer)
  const during = await flood(10, backchannel, attacker, posted(token))
  internet.host(issuer, (request) => provider.app.fetch(request))
  clock.advance(10)

  const after = await ask(backchannel, attacker, posted(token))

  expect(during).toEqual(Array(10).fill(400))
  expect(after.status).toBe(200)
})

test('a store that can’t be reached is not held against the provider', async () => {
  const store = cuttableStore()
  const { ask, flood, provider, clock } = await limitedBff({ store })
  const token = await provider.logoutToken()
  store.cut = true
  const during = await flood(10, backchannel, attacker, posted(token))
  store.cut = false
  clock.advance(2)

  const after = await ask(backchannel, attacker, posted(token))

  expect(during).toEqual(Array(10).fill(400))
  expect(after.status).toBe(200)
})

test('the two doors of the provider are counted apart', async () => {
  const { ask, flood } = await limitedBff()
  const frontchannel = `/auth/frontchannel-logout?iss=${issuer}&sid=x`

  await flood(10, backchannel, user, posted('x'))
  const answers = await flood(4, frontchannel, user)

  expect(answers).toEqual([200, 200, 200, 429])
  expect((await ask(backchannel, attacker, posted('x'))).status).toBe(400)
})
