import { problems } from '@strongroom/client'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { breakableStore } from '../testing/breakable-store.ts'
import type { Browser } from '../testing/browser.ts'
import { startRedisServer } from '../testing/redis-server.ts'
import { servedBff } from '../testing/served-bff.ts'
import { handSeconds, idleSeconds, sessionEndings, shortSessions } from '../testing/session-ends.ts'
import type { IntrospectionDemand } from '../provider/provider-settings.ts'
import {
  anotherInstance,
  baseOptions,
  issuer,
  signedInTestBff,
  testBff,
} from '../testing/test-bff.ts'

const maxSeconds = 1800
const signOut = { method: 'POST' } as const

/** A page that listens. */
async function listening(browser: Browser, headers: Record<string, string> = {}) {
  const answer = await browser.fetch('/auth/events', { headers })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  onTestFinished(() => void reader?.cancel().catch(() => {}))
  let heard = ''
  let isOpen = true
  const listen = async (): Promise<void> => {
    const { done, value = '' } = (await reader?.read()) ?? { done: true }
    heard += value
    if (done) isOpen = false
    else await listen()
  }
  void listen()
  return {
    answer,
    isOpen: () => isOpen,
    heard: () => heard,
    /** The events, without comments. */
    events: () => [...heard.matchAll(/event: (.*)\ndata: (.*)\n\n/g)].map(readEvent),
    leave: () => reader?.cancel(),
  }
}

function readEvent([, name, data]: RegExpMatchArray) {
  return { name, ...(JSON.parse(data ?? '') as object) }
}

const reasons: Readonly<Record<string, string>> = {
  'it is signed out here': 'signed-out',
  'it is signed out on another instance': 'signed-out',
  'its provider says so': 'signed-out-at-provider',
  'it is too old': 'absolute',
  'it is idle for too long': 'idle',
  'its token can’t be renewed': 'refresh-refused',
}

test.for(sessionEndings)(
  'a page hears within a second that its session ended because $when',
  async ({ when, options, end }) => {
    const aSecond = handSeconds()
    const world = await signedInTestBff((await options?.())?.bff ?? shortSessions.bff)
    const page = await listening(world.browser)

    await end(world)
    // A page that is merely open renews nothing, so somebody has to call.
    if (reasons[when] === 'refresh-refused') await world.browser.fetch('/api/notes')
    await aSecond()

    await expect
      .poll(() => page.events())
      .toEqual([{ name: 'session-ended', reason: reasons[when] }])
    await expect.poll(() => page.isOpen()).toBe(false)
  },
)

test.for([
  ['Redis', redisUrl],
  ['a file', async () => fileUrl()],
] as const)('hears over %s what another instance has ended', async ([, storeUrl]) => {
  const aSecond = handSeconds()
  const store = await storeUrl()
  const world = await signedInTestBff({ store })
  const other = anotherInstance(world, { store })
  onTestFinished(async () => {
    await world.bff.close()
    await other.bff.close()
  })
  const page = await listening(other.browser(world.browser.cookies()))
  world.clock.advance(1)

  await world.browser.fetch('/auth/sessions', { method: 'DELETE' })
  await aSecond()

  await expect
    .poll(() => page.events())
    .toEqual([{ name: 'session-ended', reason: 'signed-out-elsewhere' }])
})

async function redisUrl(): Promise<string> {
  const redis = await startRedisServer()
  onTestFinished(() => redis.stop())
  return redis.url
}

function fileUrl(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-events-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return `sqlite:${join(folder, 'store.db')}`
}

const asking = (introspection: IntrospectionDemand) => ({
  provider: { ...baseOptions.provider, introspection },
})

test('a page that only listens hears of a token that was revoked, and many of a session ask once', async () => {
  const aSecond = handSeconds()
  const { browser, provider, clock } = await signedInTestBff(asking(30))
  const pages = await Promise.all(Array.from({ length: 4 }, () => listening(browser)))
  const seconds = async (many: number) => {
    clock.advance(many)
    await aSecond()
  }
  await seconds(29)
  const before = provider.introspections.length
  await seconds(1)
  await expect.poll(() => provider.introspections).toHaveLength(1)
  await seconds(29)
  provider.withdrawAccessTokens()

  await seconds(1)

  expect(before).toBe(0)
  for (const page of pages) {
    await expect
      .poll(() => page.events())
      .toEqual([{ name: 'session-ended', reason: 'token-revoked' }])
    await expect.poll(() => page.isOpen()).toBe(false)
  }
  expect(provider.introspections).toHaveLength(2)
})

test.for(['never', 'restore'] as const)(
  'for a page that only listens nobody is asked where it is not asked again and again (%s)',
  async (introspection) => {
    const aSecond = handSeconds()
    const { browser, provider, clock } = await signedInTestBff(asking(introspection))
    const page = await listening(browser)
    provider.withdrawAccessTokens()
    clock.advance(200)

    await aSecond()

    expect(page.events()).toEqual([])
    expect(provider.introspections).toEqual([])
  },
)

test('a token that is over is not asked about for a page that only listens, and the one that a call has brought is', async () => {
  const aSecond = handSeconds()
  const { browser, provider, clock } = await signedInTestBff(asking(30))
  const page = await listening(browser)
  clock.advance(provider.accessTokenSeconds)
  await aSecond()
  const whileOver = provider.introspections.length
  await browser.fetch('/api/notes')
  clock.advance(30)
  await aSecond()
  await expect.poll(() => provider.introspections).toHaveLength(1)

  expect(whileOver).toBe(0)
  expect(page.isOpen()).toBe(true)
  expect(page.events()).toEqual([])
})

test('a page that only listens hears nothing while the provider can’t be asked', async () => {
  const aSecond = handSeconds()
  const { browser, internet, clock, eventsNamed } = await signedInTestBff(asking(30))
  const page = await listening(browser)
  internet.unplug(issuer)
  clock.advance(30)

  await aSecond()

  await expect.poll(() => eventsNamed('token-check-failed')).toHaveLength(1)
  expect(page.isOpen()).toBe(true)
  expect(page.events()).toEqual([])
})

test('says that somebody else is signed in now', async () => {
  const { browser, provider } = await signedInTestBff()
  const page = await listening(browser)

  provider.sub = 'grace'
  await browser.navigate('/auth/login')

  await expect.poll(() => page.events()).toEqual([{ name: 'user-changed' }])
  expect(page.isOpen()).toBe(false)
})

test('says that the same user has signed in again', async () => {
  const { browser } = await signedInTestBff()
  const page = await listening(browser)

  await browser.navigate('/auth/login')

  await expect.poll(() => page.events()).toEqual([{ name: 'session-ended', reason: 'replaced' }])
})

test('a session of another user is no news', async () => {
  const { browser, provider } = await signedInTestBff()
  const page = await listening(browser)
  provider.sub = 'grace'
  const other = browser.with(new Map())
  await other.navigate('/auth/login')

  await other.fetch('/auth/logout', signOut)

  expect(page.isOpen()).toBe(true)
  expect(page.events()).toEqual([])
})

test('warns once before the idle end, and again before the one that follows', async () => {
  const aSecond = handSeconds()
  const { browser, clock } = await signedInTestBff(shortSessions.bff)
  const started = clock.now()
  const page = await listening(browser)

  clock.advance(idleSeconds - 100)
  await aSecond()
  clock.advance(1)
  await aSecond()
  await browser.fetch('/auth/session', { method: 'POST' })
  clock.advance(idleSeconds - 100)
  await aSecond()

  expect(page.events()).toMatchObject([
    { name: 'session-expiring', reason: 'idle', at: started + idleSeconds },
    { name: 'session-expiring', reason: 'idle', at: started + 2 * idleSeconds - 99 },
  ])
})

test('a store that can’t be asked ends nothing for idleness, until it can be', async () => {
  const aSecond = handSeconds()
  const store = breakableStore()
  const { browser, clock } = await signedInTestBff({ ...shortSessions.bff, store })
  const page = await listening(browser)
  const active = async (seconds: number) => {
    clock.advance(seconds)
    await browser.fetch('/api/notes')
    await aSecond()
  }
  await active(idleSeconds / 2)

  store.state = 'down'
  await active(idleSeconds / 4)
  await active(idleSeconds / 2)
  expect(page.events()).toEqual([])
  store.state = 'up'
  clock.advance(idleSeconds)
  await aSecond()

  await expect.poll(() => page.events()).toEqual([{ name: 'session-ended', reason: 'idle' }])
})

test('a store that can’t be asked keeps no session past its absolute end', async () => {
  const aSecond = handSeconds()
  const store = breakableStore()
  const { browser, clock } = await signedInTestBff({ ...shortSessions.bff, store })
  const page = await listening(browser)

  store.state = 'down'
  clock.advance(maxSeconds)
  await aSecond()

  await expect.poll(() => page.events()).toEqual([{ name: 'session-ended', reason: 'absolute' }])
})

test('warns before the absolute end, which nothing puts off', async () => {
  const aSecond = handSeconds()
  const { browser, clock } = await signedInTestBff(shortSessions.bff)
  const started = clock.now()
  const page = await listening(browser)

  for (let at = 0; at < maxSeconds - 100; at += 500) {
    clock.advance(500)
    await browser.fetch('/auth/session', { method: 'POST' })
  }
  clock.advance(started + maxSeconds - 60 - clock.now())
  await aSecond()

  expect(page.events().at(-1)).toMatchObject({
    name: 'session-expiring',
    reason: 'absolute',
    at: started + maxSeconds,
  })
})

test('a page that is merely open keeps nothing alive and renews nothing', async () => {
  const aSecond = handSeconds()
  const { browser, clock, provider } = await signedInTestBff({
    ...shortSessions.bff,
    accessTokenSeconds: 60,
  })
  const before = browser.setCookies.length
  const page = await listening(browser)

  for (let minute = 0; minute < idleSeconds / 60; minute++) {
    clock.advance(60)
    await aSecond()
  }

  expect(page.events().at(-1)).toEqual({ name: 'session-ended', reason: 'idle' })
  expect(provider.tokenRequests('refresh_token')).toBe(0)
  expect(browser.setCookies).toHaveLength(before)
})

test('says when tokens can’t be renewed at present, and when they can again', async () => {
  const aSecond = handSeconds()
  const { browser, clock, provider } = await signedInTestBff({ accessTokenSeconds: 60 })
  const page = await listening(browser)

  provider.tokenAnswer = () => new Response(null, { status: 503 })
  clock.advance(61)
  await browser.fetch('/api/notes')
  await aSecond()
  provider.tokenAnswer = null
  clock.advance(60)
  await browser.fetch('/api/notes')
  await aSecond()

  expect(page.events()).toEqual([
    { name: 'token-degraded', degraded: true },
    { name: 'token-degraded', degraded: false },
  ])
})

test('says something every fifteen seconds, for whoever takes silence for an end', async () => {
  const aSecond = handSeconds()
  const { browser } = await signedInTestBff()
  const page = await listening(browser)

  for (let second = 0; second < 31; second++) await aSecond()

  expect(page.heard()).toBe('retry: 2000\n\n:\n\n:\n\n')
  expect(page.answer.headers.get('Content-Type')).toBe('text/event-stream')
  expect(page.answer.headers.get('Cache-Control')).toBe('no-store')
  expect(page.answer.headers.get('X-Accel-Buffering')).toBe('no')
})

const openers: readonly [who: string, headers: Record<string, string>, status: number][] = [
  ['an EventSource of our own page', { 'X-CSRF': '', 'Sec-Fetch-Site': 'same-origin' }, 200],
  ['a call with the header', { 'Sec-Fetch-Site': 'same-origin' }, 200],
  ['a sibling’s page', { 'X-CSRF': '', 'Sec-Fetch-Site': 'same-site' }, 403],
  ['another site’s page', { 'X-CSRF': '', 'Sec-Fetch-Site': 'cross-site' }, 403],
  ['a browser that says nothing', { 'X-CSRF': '', 'Sec-Fetch-Site': '' }, 403],
]

test.for(openers)('who may open a stream: %s', async ([, headers, status]) => {
  const { browser } = await signedInTestBff()

  const page = await listening(browser, headers)

  expect(page.answer.status).toBe(status)
})

test('nobody signed in, nothing to hear', async () => {
  const { browser } = await testBff()

  const answer = await browser.fetch('/auth/events')

  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'unauthenticated', login: '/auth/login' })
})

test('a stream of a session that has ended is refused with what ended it', async () => {
  const { browser } = await signedInTestBff()
  const copy = browser.with(browser.cookies())
  await browser.fetch('/auth/logout', signOut)

  const { answer } = await listening(copy)

  expect(answer.status).toBe(problems.session_ended.status)
})

test('a session has twelve streams and no more, until a page goes away', async () => {
  const { browser, eventsNamed } = await signedInTestBff()
  const pages = await Promise.all(Array.from({ length: 12 }, () => listening(browser)))

  const refused = await listening(browser)
  await pages[0]?.leave()
  const next = await listening(browser)

  expect(refused.answer.status).toBe(429)
  expect(refused.answer.headers.get('Retry-After')).toBe('30')
  expect(next.answer.status).toBe(200)
  expect(eventsNamed('event-streams-full')).toMatchObject([{ limit: 'session-full' }])
})

test('a HEAD takes no place, as nobody would ever give it back', async () => {
  const { browser } = await signedInTestBff()

  for (let times = 0; times < 13; times++) await browser.fetch('/auth/events', { method: 'HEAD' })

  expect((await listening(browser)).answer.status).toBe(200)
})

test('a server that stops ends its streams in order, and those that open meanwhile', async () => {
  const { bff, browser } = await signedInTestBff()
  const before = await listening(browser)

  await bff.endStreams()
  const after = await listening(browser)

  await expect.poll(() => before.isOpen()).toBe(false)
  await expect.poll(() => after.isOpen()).toBe(false)
  expect(before.events()).toEqual([])
})

test('a page that goes away gives its place back, over a real connection too', async () => {
  const { origin, headers } = await servedBff((_, response) => response.end())
  const open = async () => {
    const leaving = new AbortController()
    const { status } = await fetch(`${origin}/auth/events`, { headers, signal: leaving.signal })
    return { status, leave: () => leaving.abort() }
  }
  const pages = await Promise.all(Array.from({ length: 12 }, open))
  const refused = await open()

  for (const { leave } of pages) leave()

  expect(refused.status).toBe(429)
  await expect
    .poll(async () => {
      const page = await open()
      page.leave()
      return page.status
    })
    .toBe(200)
})
