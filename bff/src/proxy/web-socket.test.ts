import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { head } from '../testing/raw-http.ts'
import { servedBff, type ServedBffOptions } from '../testing/served-bff.ts'
import { handSeconds, idleSeconds, sessionEndings, shortSessions } from '../testing/session-ends.ts'
import { publicUrl } from '../testing/test-bff.ts'

/** A BFF before an API that speaks WebSocket and says what it hears. */
async function overWebSockets(options: ServedBffOptions = {}) {
  const heard: Record<string, unknown>[] = []
  const api = createServer((_, response) => response.end())
  const sockets = new WebSocketServer({ server: api, handleProtocols: ([first]) => first ?? false })
  sockets.on('connection', (socket, request) => {
    heard.push({ ...request.headers, url: request.url })
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const over = await servedBff(api, { ...shortSessions, ...options })
  onTestFinished(() => sockets.close())
  for (const one of sockets.clients) onTestFinished(() => one.terminate())

  function connect(path = '/api/live', headers: Record<string, string> = {}): WebSocket {
    const { 'X-CSRF': _, ...cookies } = over.headers
    const socket = new WebSocket(over.origin.replace('http', 'ws') + path, {
      headers: { ...cookies, Origin: publicUrl, ...headers },
    })
    // Terminated before it is open, which says so as an error.
    socket.on('error', () => {})
    onTestFinished(() => socket.terminate())
    return socket
  }
  const openSockets = () =>
    new Promise<number>((resolve) => over.upstream.getConnections((_, count) => resolve(count)))
  return { ...over, connect, heard, sockets, openSockets }
}

/** What the server answers in place of a WebSocket. */
async function refusalOf(socket: WebSocket): Promise<{ status: number; problem: unknown }> {
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, problem: JSON.parse(body) }
}

test('a WebSocket goes to the upstream of its path, with the token and without the cookie', async () => {
  const { connect, heard, world } = await overWebSockets()

  const socket = connect('/api/live?x=1')
  await once(socket, 'open')
  socket.send('hello')
  const [said] = await once(socket, 'message')

  expect(String(said)).toBe('hello')
  expect(heard).toEqual([
    expect.objectContaining({
      url: '/v1/live?x=1',
      authorization: expect.stringMatching(/^Bearer access-/),
    }),
  ])
  expect(heard[0]).not.toHaveProperty('cookie')
  expect(world.eventsNamed('unexpected-error')).toEqual([])
})

test('large messages, pings and the code of a close go through as they are', async () => {
  const { connect, sockets } = await overWebSockets()
  const socket = connect()
  await once(socket, 'open')
  const large = Buffer.alloc(3_000_000, 7)

  socket.send(large)
  const [echoed] = await once(socket, 'message')
  socket.ping('still there?')
  const [pong] = await once(socket, 'pong')
  for (const one of sockets.clients) one.close(4000, 'enough')
  const [code, reason] = await once(socket, 'close')

  expect(large.equals(echoed)).toBe(true)
  expect(String(pong)).toBe('still there?')
  expect([code, String(reason)]).toEqual([4000, 'enough'])
})

test.for([
  ['without an Origin', { Origin: '' }],
  ['with a foreign Origin', { Origin: 'https://evil.example' }],
  ['with a sibling’s Origin', { Origin: 'https://other.example.com' }],
  ['with a foreign Origin and the header', { Origin: 'https://evil.example', 'X-CSRF': '1' }],
] as const)('a WebSocket %s is refused and never reaches the API', async ([, headers]) => {
  const { connect, heard } = await overWebSockets()

  const refusal = await refusalOf(connect('/api/live', headers))

  expect(refusal).toMatchObject({ status: 403, problem: { code: 'csrf' } })
  expect(heard).toEqual([])
})

test('without a session there is no WebSocket', async () => {
  const { connect, heard } = await overWebSockets()

  const refusal = await refusalOf(connect('/api/live', { Cookie: '' }))

  expect(refusal).toMatchObject({ status: 401, problem: { code: 'unauthenticated' } })
  expect(heard).toEqual([])
})

test('what is no upstream takes no WebSocket', async () => {
  const { connect } = await overWebSockets()

  expect(await refusalOf(connect('/auth/session'))).toMatchObject({ status: 403 })
  expect(await refusalOf(connect('/elsewhere'))).toMatchObject({ status: 404 })
})

test('an upstream that wants none says so itself', async () => {
  const { origin, headers } = await servedBff((_, response) => response.writeHead(426).end('{}'))

  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`, {
    headers: { ...headers, Origin: publicUrl },
  }).on('error', () => {})

  expect(await refusalOf(socket)).toMatchObject({ status: 426 })
})

test.for(sessionEndings)(
  'a WebSocket is closed with 4401 within a second when $when, here and at the API',
  async ({ options, end }) => {
    const aSecond = handSeconds()
    const { connect, sockets, world } = await overWebSockets(await options?.())
    const socket = connect()
    await once(socket, 'open')
    const [upstream] = sockets.clients
    const upstreamClosed = upstream && once(upstream, 'close')
    const closed = once(socket, 'close')

    await end(world)
    await aSecond()
    const [code, reason] = await closed
    await upstreamClosed

    expect([code, String(reason)]).toEqual([4401, 'session ended'])
  },
)

test('a WebSocket of another’s session, and one whose page makes other calls, stay open', async () => {
  const { connect, world } = await overWebSockets()
  const { browser, clock } = world
  const other = browser.with(new Map())
  await other.navigate('/auth/login')
  const cookies = [...other.cookies()].map(([name, { value }]) => `${name}=${value}`)
  const idle = connect()
  const busy = connect('/api/live', { Cookie: cookies.join('; ') })
  await Promise.all([once(idle, 'open'), once(busy, 'open')])

  clock.advance(idleSeconds / 2)
  await other.fetch('/api/notes')
  clock.advance(idleSeconds / 2)
  const [code] = await once(idle, 'close')
  busy.send('still here?')
  const [said] = await once(busy, 'message')

  expect([code, String(said)]).toEqual([4401, 'still here?'])
})

test('a browser that is gone leaves no connection to the API', async () => {
  const { connect, openSockets } = await overWebSockets()
  const socket = connect()
  await once(socket, 'open')

  socket.terminate()

  await expect.poll(openSockets).toBe(0)
})

test('an API that breaks off ends the browser’s WebSocket', async () => {
  const { connect, sockets } = await overWebSockets()
  const socket = connect()
  await once(socket, 'open')

  for (const one of sockets.clients) one.terminate()
  const [code] = await once(socket, 'close')

  expect(code).toBe(1006)
})

test('a WebSocket’s end that takes nothing makes the other wait, and is given up after idleSeconds', async () => {
  const { connect, sockets } = await overWebSockets({ upstream: { idleSeconds: 0.3 } })
  const socket = connect()
  await once(socket, 'open')
  const [upstream] = sockets.clients
  const gone = upstream && once(upstream, 'close')

  socket.pause()
  let sent = 0
  for (let message = 0; message < 60; message += 1)
    upstream?.send(Buffer.alloc(1_000_000), (error) => (sent += error ? 0 : 1))
  await gone

  // The rest has never left the API.
  expect(sent).toBeLessThan(40)
})

test('a WebSocket on which nobody waits may be quiet for longer than idleSeconds', async () => {
  const { connect } = await overWebSockets({ upstream: { idleSeconds: 0.1 } })
  const socket = connect()
  await once(socket, 'open')

  await new Promise((resolve) => setTimeout(resolve, 400))
  socket.send('still here')
  const [said] = await once(socket, 'message')

  expect(String(said)).toBe('still here')
})

test('the last words of an API that goes are heard by a browser that takes its time', async () => {
  const { connect, sockets } = await overWebSockets()
  const socket = connect()
  await once(socket, 'open')
  const closed = once(socket, 'close')
  let bytes = 0
  socket.on('message', (data: Buffer) => {
    bytes += data.byteLength
    socket.pause()
    setTimeout(() => socket.resume(), 20)
  })

  for (const one of sockets.clients) {
    for (let sent = 0; sent < 20; sent += 1) one.send(Buffer.alloc(500_000))
    one.close(4000, 'that was all')
  }
  const [code] = await closed

  expect([bytes, code]).toEqual([10_000_000, 4000])
})

/** What asks for a WebSocket, byte for byte. */
function handshake(cookie: string): string {
  return head(
    'GET /api/live HTTP/1.1',
    'Host: app.example.com',
    `Origin: ${publicUrl}`,
    `Cookie: ${cookie}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
  )
}

const switching = head('HTTP/1.1 101 Go', 'Connection: Upgrade', 'Upgrade: websocket')

test('a browser that leaves before its WebSocket is open leaves no connection to the API', async () => {
  const asked = Promise.withResolvers<Duplex>()
  const api = createServer().on('upgrade', (_, socket) => asked.resolve(socket.resume()))
  const { port, headers } = await servedBff(api)
  const browser = connect(port, '127.0.0.1').on('error', () => {})
  browser.write(handshake(headers.Cookie))
  const socket = await asked.promise
  const left = once(socket, 'end')

  browser.end()

  await expect(left).resolves.toBeDefined()
})

test('an API that does not see that the browser has gone is left within moments', async () => {
  const left = Promise.withResolvers<void>()
  const api = createServer().on('upgrade', (_, deaf) => {
    // Neither does it close its own side.
    deaf.on('error', () => {}).on('close', () => left.resolve())
    deaf.resume().write(switching)
    writing = setInterval(() => deaf.write(Buffer.from([0x89, 0])), 50)
  })
  let writing: NodeJS.Timeout | undefined
  onTestFinished(() => clearInterval(writing))
  const { port, headers } = await servedBff(api)
  const browser = connect(port, '127.0.0.1').on('error', () => {})
  browser.write(handshake(headers.Cookie))
  await once(browser, 'data')

  browser.end()

  await expect(left.promise).resolves.toBeUndefined()
})
