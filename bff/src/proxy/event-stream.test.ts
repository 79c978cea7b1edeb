import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import type { ServedBffOptions } from '../testing/served-bff.ts'
import { baseOptions } from '../testing/test-bff.ts'
import { handSeconds, idleSeconds, sessionEndings, shortSessions } from '../testing/session-ends.ts'

const patience = { timeout: 8000 }

/** A stream of events as a browser reads it. */
interface Stream {
  /** The next piece, or null when the stream has ended in order. */
  next(): Promise<string | null>
  /** How it ended: `clean`, or `broken`. */
  ending(): Promise<'clean' | 'broken'>
}

/** A BFF before an API that keeps every stream of events open, and speaks when it is told to. */
async function overEvents(options: ServedBffOptions = {}) {
  const open: ServerResponse[] = []
  const lastIds: (string | undefined)[] = []
  const over = await overSockets(
    (request, response) => {
      if (request.url !== '/v1/events') return response.end('ok')
      lastIds.push(request.headers['last-event-id'] as string | undefined)
      open.push(response)
      return response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 0\n\n')
    },
    {},
    { ...shortSessions, ...options },
  )
  async function listen(headers: Record<string, string> = over.headers): Promise<Stream> {
    const leaving = new AbortController()
    onTestFinished(() => leaving.abort())
    const answer = await fetch(`${over.origin}/api/events`, { headers, signal: leaving.signal })
    if (!answer.body) throw new Error(`${answer.status} without a body`)
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    const next = async () => (await reader.read()).value ?? null
    const ending = async (): Promise<'clean' | 'broken'> =>
      next().then(
        (piece) => (piece === null ? 'clean' : ending()),
        () => 'broken',
      )
    await next()
    return { next, ending }
  }
  /** Somebody else, who signs in on a device of their own. */
  async function signInAnother(): Promise<Record<string, string>> {
    over.world.provider.sub = 'grace'
    over.world.provider.idTokenClaims = { sid: 'another-provider-session' }
    const browser = over.world.browser.with(new Map())
    await browser.navigate('/auth/login')
    const cookies = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
    return { Cookie: cookies.join('; '), 'X-CSRF': '1' }
  }
  return { ...over, listen, signInAnother, lastIds, open }
}

test.for(sessionEndings)(
  'a stream of events ends in order within a second when $when, here and at the API',
  async ({ options, end }) => {
    const aSecond = handSeconds()
    const { listen, open, world } = await overEvents(await options?.())
    const stream = await listen()
    const closed = new Promise((resolve) => open[0]?.once('close', resolve))

    await end(world)
    await aSecond()

    expect(await stream.ending()).toBe('clean')
    await expect(closed).resolves.toBeUndefined()
  },
)

test('a stream ends when its token was revoked at the provider, though nobody calls', async () => {
  const aSecond = handSeconds()
  const { listen, world } = await overEvents({
    bff: { ...shortSessions.bff, provider: { ...baseOptions.provider, introspection: 30 } },
  })
  const stream = await listen()
  world.clock.advance(30)
  await aSecond()
  world.provider.withdrawAccessTokens()
  world.clock.advance(30)
  await aSecond()

  expect(await stream.ending()).toBe('clean')
  expect(world.provider.introspections).toHaveLength(2)
})

test('a stream of another’s session lives on', async () => {
  const { listen, open, signInAnother, world } = await overEvents()
  const mine = await listen()
  const theirs = await listen(await signInAnother())

  await world.browser.fetch('/auth/logout', { method: 'POST' })
  await mine.ending()
  open[1]?.write('data: still here\n\n')

  expect(await theirs.next()).toBe('data: still here\n\n')
})

test('calls of the same session keep its stream from idling out, and another’s ends', async () => {
  const { listen, open, ask, headers, signInAnother, world } = await overEvents()
  const mine = await listen()
  const theirs = await listen(await signInAnother())

  world.clock.advance(idleSeconds / 2)
  await ask('/api/notes', { headers })
  world.clock.advance(idleSeconds / 2)
  const ending = await theirs.ending()
  open[0]?.write('data: still here\n\n')

  expect(ending).toBe('clean')
  expect(await mine.next()).toBe('data: still here\n\n')
})

test('trouble at the provider ends no stream', async () => {
  const aSecond = handSeconds()
  const { listen, open, world } = await overEvents()
  const stream = await listen()
  const { provider } = world
  provider.tokenAnswer = () => new Response(null, { status: 503 })

  world.clock.advance(provider.accessTokenSeconds)
  await aSecond()
  await expect.poll(() => world.eventsNamed('refresh-failed').length, patience).toBe(1)
  open[0]?.write('data: still here\n\n')

  expect(await stream.next()).toBe('data: still here\n\n')
})

test('a token that was renewed for a stream alone does not cost the session', async () => {
  const aSecond = handSeconds()
  const { listen, world } = await overEvents()
  await listen()
  const { browser, clock, provider } = world
  const renewals = () => world.eventsNamed('refreshed').length
  provider.accessTokenSeconds = 100

  for (const [index, seconds] of [300, 100, 100].entries()) {
    clock.advance(seconds)
    await aSecond()
    await expect.poll(renewals, patience).toBe(index + 1)
    // So that who waited for the renewal has it.
    await setImmediate()
  }
  const answer = await browser.fetch('/api/notes')

  // The browser has heard of none of the renewals.
  expect(answer.status).toBe(200)
})

test('a session that ended while the API was thinking leaves no stream open', async () => {
  const asked = Promise.withResolvers<ServerResponse>()
  const { open, world } = await overSockets((_, response) => asked.resolve(response))
  const answered = new Promise<string>((resolve, reject) => {
    const request = open('/api/events').end()
    request.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve('clean'))
    })
  })
  const response = await asked.promise

  await world.browser.fetch('/auth/logout', { method: 'POST' })
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()

  expect(await answered).toBe('clean')
})

test('a download is no stream: it comes to its end though the session is over', async () => {
  const asked = Promise.withResolvers<ServerResponse>()
  const { origin, headers, world } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/zip' }).write('first half, ')
    asked.resolve(response)
  })
  const answer = await fetch(`${origin}/api/export`, { headers })
  const response = await asked.promise

  await world.browser.fetch('/auth/logout', { method: 'POST' })
  response.end('second half')

  expect(await answer.text()).toBe('first half, second half')
})

test('each event arrives before the next one is sent', async () => {
  const { listen, open } = await overEvents()
  const stream = await listen()
  const heard: (string | null)[] = []

  for (const event of ['data: 1\n\n', 'data: 2\ndata: more\n\n', ': a comment\n\n']) {
    open[0]?.write(event)
    heard.push(await stream.next())
  }

  expect(heard).toEqual(['data: 1\n\n', 'data: 2\ndata: more\n\n', ': a comment\n\n'])
})

test('the last event that a browser has seen is told to the API', async () => {
  const { listen, headers, lastIds } = await overEvents()

  await listen({ ...headers, 'Last-Event-ID': '42' })

  expect(lastIds).toEqual(['42'])
})

test('a slow reader makes the API wait, and misses nothing', async () => {
  const events = 400
  const event = `data: ${'x'.repeat(100_000)}\n\n`
  let sent = 0
  let waits = 0
  const { origin, headers } = await overSockets(async (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    while (sent < events) {
      sent += 1
      if (response.write(event)) continue
      waits += 1
      await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  })
  const answer = await fetch(`${origin}/api/events`, { headers })

  // It stands still, though nobody has read a byte, long before all is sent.
  await vi.waitFor(async () => {
    const before = [sent, waits]
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([sent, waits]).toEqual(before)
  })
  const sentBeforeReading = sent
  const { length } = await answer.text()

  expect(sentBeforeReading).toBeLessThan(events)
  expect(length).toBe(events * event.length)
})
