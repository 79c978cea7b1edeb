import { expect, onTestFinished, test, vi } from 'vitest'
import type { SessionOptions } from './browser-session.ts'
import { createBffClient } from './client.ts'
import { createSession } from './session.ts'
import { ada, stubAddress, stubServer } from './testing/stub-server.ts'

const noon = Date.UTC(2025, 10, 20, 12)

/** A page whose clock is set by hand. */
async function page(
  options: SessionOptions = {},
  session: Parameters<typeof ada>[0] = {},
  network: 'up' | 'down' | 'silent' = 'up',
) {
  vi.useFakeTimers({ now: noon })
  onTestFinished(() => void vi.useRealTimers())
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  vi.stubGlobal('document', document)
  // One tab: whoever leads is not the matter here.
  vi.stubGlobal('navigator', {})
  const server = stubServer(ada(session))
  server.isDown = network === 'down'
  server.isSilent = network === 'silent'
  const client = createBffClient({ baseUrl: stubAddress(), fetch: server.fetch })
  const live = createSession(client, options)
  onTestFinished(() => live.close())
  live.subscribe(() => {})
  await pass(0.2)
  return {
    server,
    session: live,
    pass,
    press: () => document.dispatchEvent(new Event('keydown')),
  }
}

const seconds = noon / 1000

const realTimeout = setTimeout

/** In small steps: answers are read in their own time, whatever the clock says. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left >= 0; left -= 5) {
    await vi.advanceTimersByTimeAsync(Math.min(5, left) * 1000)
    await new Promise((resolve) => realTimeout(resolve, 1))
  }
}

test('warns before the idle end, and no more when the user stays', async () => {
  const { server, session, pass } = await page()

  await pass(1_800 - 115)
  await expect
    .poll(() => session.getSnapshot())
    .toMatchObject({ expiring: { reason: 'idle', at: seconds + 1_800 } })
  server.view = ada()
  await session.staySignedIn()

  expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', expiring: null })
  expect(server.times('POST /auth/session')).toBe(1)
})

test('looks before it warns: the user may be active in another tab', async () => {
  const { server, session, pass } = await page()
  server.view = ada({ idleExpiresAt: seconds + 3_000 })

  await pass(1_800 - 115)

  expect(session.getSnapshot()).toMatchObject({ expiring: null })
})

test('warns before the absolute end', async () => {
  const { session, pass } = await page(
    { warnSeconds: 300 },
    { expiresAt: seconds + 600, idleExpiresAt: seconds + 600 },
  )

  await pass(301)

  await expect
    .poll(() => session.getSnapshot())
    .toMatchObject({ expiring: { reason: 'absolute', at: seconds + 600 } })
})

test('knows why the session ended when the clock says so', async () => {
  const { server, session, pass } = await page()

  await pass(1_790)
  server.view = null
  await pass(12)

  await expect.poll(() => session.getSnapshot()).toMatchObject({ status: 'ended', reason: 'idle' })
})

test('a session is over by the clock though the server can’t be asked', async () => {
  const { server, session, pass } = await page()

  server.isDown = true
  await pass(1_810)

  await expect.poll(() => session.getSnapshot()).toMatchObject({ status: 'ended', reason: 'idle' })
})

test('keys keep the session alive by one call in a tenth of the idle time', async () => {
  const { server, pass, press } = await page()

  for (let minute = 0; minute < 3; minute++) {
    await pass(60)
    press()
    press()
  }
  const inTheFirstTenth = server.times('POST /auth/session')
  await pass(1)
  press()
  await pass(0)

  expect(inTheFirstTenth).toBe(1)
  expect(server.requests.find(({ method }) => method === 'POST')?.headers.has('X-Background')).toBe(
    false,
  )
})

test('a page whose user does nothing says nothing that would keep the session alive', async () => {
  const { server, session, pass } = await page()

  for (let minute = 0; minute < 20; minute++) {
    await pass(60)
    await session.check()
  }

  expect(server.times('POST /auth/session')).toBe(0)
  expect(server.requests.every(({ headers }) => headers.get('X-Background') === '1')).toBe(true)
})

test('keeps nothing alive for an app that does not want it', async () => {
  const { server, pass, press } = await page({ keepAlive: false })

  await pass(900)
  press()
  await pass(1)

  expect(server.times('POST /auth/session')).toBe(0)
})

test('comes back to a stream that broke off, later each time, and looks at what it missed', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const { server, pass } = await page()
  const broken = () => {
    for (const stream of server.streams) stream.close()
    server.streams.clear()
  }
  const looked = server.times('GET /auth/session')

  broken()
  await pass(1.1)
  const second = server.times('GET /auth/events')
  broken()
  await pass(1.1)
  const notYet = server.times('GET /auth/events')
  await pass(1)

  expect([second, notYet, server.times('GET /auth/events')]).toEqual([2, 2, 3])
  expect(server.times('GET /auth/session')).toBeGreaterThan(looked)
})

test('takes a stream that says nothing for forty seconds for a dead one', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const { server, pass } = await page()

  await pass(42)

  expect(server.times('GET /auth/events')).toBe(2)
})

test('tells the time by the server’s clock', async () => {
  const { server, session } = await page()
  server.clockSkewSeconds = 90

  await session.check()

  expect(session.now()).toBeCloseTo(seconds + 90, -1)
})

test('a clock that is set back makes no answer old, and no look superfluous', async () => {
  const target = new EventTarget()
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
  const { server, session, pass } = await page()
  const looked = server.times('GET /auth/session')

  vi.setSystemTime(noon - 3_600_000)
  server.view = null
  target.dispatchEvent(new Event('focus'))
  await pass(0.1)

  expect(server.times('GET /auth/session')).toBe(looked + 1)
  expect(session.getSnapshot().status).toBe('ended')
})

test('opens no stream behind the back of a page that is left, and one when it is back', async () => {
  const target = new EventTarget()
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
  const { server, session } = await page()

  target.dispatchEvent(new Event('pagehide'))
  server.isDown = true
  await session.check()
  server.isDown = false
  await pass(5)
  const whileAway = server.times('GET /auth/events')
  target.dispatchEvent(new Event('pageshow'))
  await pass(1)

  expect(whileAway).toBe(1)
  expect(server.times('GET /auth/events')).toBe(2)
})

test('an idle time of a month is no reason to ask more than once a day', async () => {
  const month = 30 * 86_400
  const { server, pass } = await page(
    {},
    { idleSeconds: month, idleExpiresAt: seconds + month, expiresAt: seconds + 12 * month },
  )

  await pass(20)

  expect(server.times('GET /auth/session')).toBe(1)
})

test('keys do not ask all the time while the server can’t be reached', async () => {
  const { server, pass, press } = await page()
  await pass(200)
  server.isDown = true

  for (let key = 0; key < 20; key++) {
    press()
    await pass(1)
  }

  expect(server.times('POST /auth/session')).toBe(2)
})

test('a first look that brings nothing is followed by others, further and further apart', async () => {
  const { server, session, pass } = await page({}, {}, 'down')

  await pass(10)
  const asked = server.times('GET /auth/session')
  server.isDown = false
  await pass(10)

  expect(asked).toBe(3)
  expect(session.getSnapshot().status).toBe('signed-in')
})

test('a look that is never answered is given up, and followed by another', async () => {
  const { server, session, pass } = await page({}, {}, 'silent')

  await pass(29)
  const stillWaiting = session.getSnapshot()
  server.isSilent = false
  await pass(5)

  expect(stillWaiting).toEqual({ status: 'loading', failure: null })
  expect(session.getSnapshot().status).toBe('signed-in')
})

test('the same user’s next session takes over without an end in between', async () => {
  const { server, session, pass } = await page()
  const seen: string[] = []
  session.subscribe(() => seen.push(session.getSnapshot().status))

  server.tell('session-ended', { reason: 'replaced' })
  await pass(0.5)
  server.view = ada({ startedAt: seconds + 5 })
  await pass(1.5)

  await expect
    .poll(() => session.getSnapshot())
    .toMatchObject({ view: { session: { startedAt: seconds + 5 } } })
  expect(new Set(seen)).toEqual(new Set(['signed-in']))
})

test('a session that was replaced by none has ended', async () => {
  const { server, session, pass } = await page()

  server.view = null
  server.tell('session-ended', { reason: 'replaced' })
  await pass(2)

  await expect.poll(() => session.getSnapshot()).toMatchObject({ status: 'ended' })
})

test.for(['signed-out', 'signed-out-at-provider', 'refresh-refused'])(
  'looks once after the end (%s): a tab that told nobody may have signed in meanwhile',
  async (reason) => {
    const { server, session, pass } = await page()
    const looked = server.times('GET /auth/session')

    server.tell('session-ended', { reason })
    await pass(0.5)
    const atTheEnd = session.getSnapshot()
    server.view = ada({ startedAt: seconds + 5 })
    await pass(10)

    expect(atTheEnd).toMatchObject({ status: 'ended', reason })
    await expect.poll(() => session.getSnapshot()).toMatchObject({ status: 'signed-in' })
    expect(server.times('GET /auth/session') - looked).toBeLessThanOrEqual(2)
  },
)

test('a session that is closed looks no more', async () => {
  const { server, session, pass } = await page()
  server.tell('session-ended', { reason: 'signed-out' })
  await pass(0.5)
  const looked = server.times('GET /auth/session')

  session.close()
  await pass(10)

  expect(server.times('GET /auth/session')).toBe(looked)
})
