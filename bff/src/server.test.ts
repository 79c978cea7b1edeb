import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { problemBoundary } from './edge/problem-boundary.ts'
import { smallBodies, type BodyLimits } from './edge/small-bodies.ts'
import { defaultLimits, type ServerLimits } from './server.ts'
import type { Event } from './observability/events.ts'
import { head, rawHttp } from './testing/raw-http.ts'
import { serve, servedBff } from './testing/served-bff.ts'
import { testBff } from './testing/test-bff.ts'
import { heard } from './testing/heard.ts'

const quick: Partial<ServerLimits> = {
  headSeconds: 0.2,
  checkEverySeconds: 0.05,
  idleSeconds: 0.1,
  restSeconds: 0.1,
}

/** An app of one echo, and one route that answers without reading. */
async function served(limits: Partial<ServerLimits> = {}, bodies?: BodyLimits): Promise<number> {
  const app = new Hono()
  app.onError(problemBoundary({ record: () => {} }, null, () => []))
  app.use('/small', smallBodies(bodies))
  app.post('/small', async (c) => c.json(await c.req.parseBody()))
  app.get('/*', (c) => c.text('ok'))
  app.post('/stuck', () => new Promise<Response>(() => {}))
  const { port } = await serve({ bff: { app } }, limits)
  return port
}

/** Reset or ended, both are the end of it. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

const host = 'Host: app.example.com'
const form = 'Content-Type: application/x-www-form-urlencoded'
const good = head('GET / HTTP/1.1', host)

test('keeps within fifteen seconds for a head, and looks every second', () => {
  expect(defaultLimits).toEqual({
    headBytes: 32_768,
    headSeconds: 15,
    checkEverySeconds: 1,
    idleSeconds: 65,
    restSeconds: 5,
  })
})

test('four cookies of 4 kB fit, a head of more than 32 kB is 431', async () => {
  const port = await served()

  const fits = await rawHttp(port, head('GET / HTTP/1.1', host, `Cookie: ${'x'.repeat(16_384)}`))
  const over = await rawHttp(port, head('GET / HTTP/1.1', host, `Cookie: ${'x'.repeat(33_000)}`))

  expect([fits.status, over.status]).toEqual([200, 431])
  expect(JSON.parse(over.body)).toMatchObject({ code: 'too_large', status: 431 })
  expect(over.headers['connection']).toBe('close')
  expect((await rawHttp(port, good)).status).toBe(200)
})

test('no header of many is left out in silence', async () => {
  const app = new Hono()
  app.get('/', (c) => c.text(String([...c.req.raw.headers].length)))
  const { port } = await serve({ bff: { app } })

  const many = Array.from({ length: 3000 }, (_, index) => `a${index}:`)
  const { body } = await rawHttp(port, head('GET / HTTP/1.1', host, ...many))

  expect(body).toBe('3001')
})

const lateHeads: readonly [string, string][] = [
  ['says nothing', ''],
  ['stops in the request line', 'GET / HT'],
  ['stops in a header', `GET / HTTP/1.1\r\n${host}\r\nX-A: `],
]

test.for(lateHeads)('a client that %s is let go', async ([, bytes]) => {
  const port = await served(quick)

  const { status, body, headers } = await rawHttp(port, bytes)

  expect(status).toBe(408)
  expect(JSON.parse(body)).toMatchObject({ code: 'request_timeout', status: 408 })
  expect(headers['connection']).toBe('close')
})

test('a client that dribbles its head is let go when the time is over, however busy it is', async () => {
  const port = await served(quick)
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk))
  socket.write(`GET / HTTP/1.1\r\n${host}\r\n`)
  const dribble = setInterval(() => socket.write('X-A: 1\r\n'), 10)
  onTestFinished(() => clearInterval(dribble))

  await closed(socket)

  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})

test('without looking often a client that dribbles stays, with the guard off', async () => {
  const port = await served({ ...quick, checkEverySeconds: 30 })
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write('GET / HT')
  // Four times as long as the head may take; another client is served meanwhile.
  const until = Date.now() + 800
  while (Date.now() < until) expect((await rawHttp(port, good)).status).toBe(200)

  expect(socket.destroyed).toBe(false)
  socket.destroy()
})

test('a client that leaves before its answer is counted all the same', async () => {
  const { port } = await serve(await testBff({ rateLimitPerMinute: 3 }))
  const login = head('GET /auth/login HTTP/1.1', host)
  for (const _ of [1, 2, 3]) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(good)
    await once(socket, 'data')
    socket.write(login)
    socket.resetAndDestroy()
    await once(socket, 'close')
  }
  // Whatever has come before is through by now.
  await rawHttp(port, good)

  expect((await rawHttp(port, login)).status).toBe(429)
})

test('a connection that is not used is closed', async () => {
  const port = await served(quick)
  const socket = connect(port, '127.0.0.1')
  socket.write(good)
  await once(socket, 'data')

  await closed(socket)

  expect(socket.destroyed).toBe(true)
})

test('a body that goes on after the answer is cut off', async () => {
  const port = await served(quick)
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.resume().write(head('GET / HTTP/1.1', host, 'Transfer-Encoding: chunked'))
  const endless = setInterval(() => socket.write('1\r\nx\r\n'), 10)
  onTestFinished(() => clearInterval(endless))

  await closed(socket)

  expect(socket.destroyed).toBe(true)
})

test('without a time for the rest, Node reads an unread body for ever, with the guard off', async () => {
  const socket = connect(await nodesOwn(), '127.0.0.1')
  let sent = 0
  socket.write(head('GET / HTTP/1.1', host, 'Transfer-Encoding: chunked'))
  await once(socket, 'data')

  // A hundred megabytes after the answer, all of them read.
  const piece = `${(1_000_000).toString(16)}\r\n${'x'.repeat(1_000_000)}\r\n`
  while (sent < 100) {
    if (!socket.write(piece)) await once(socket, 'drain')
    sent += 1
  }

  expect([sent, socket.destroyed]).toEqual([100, false])
  socket.destroy()
})

const formOf = (...headers: readonly string[]) =>
  head('POST /small HTTP/1.1', host, form, ...headers)
const chunked = 'Transfer-Encoding: chunked'

const bodies: readonly [name: string, bytes: string, status: number, code?: string][] = [
  ['in one piece', `${formOf('Content-Length: 7')}a=1&b=2`, 200],
  ['in chunks', `${formOf(chunked)}3\r\na=1\r\n4\r\n&b=2\r\n0\r\n\r\n`, 200],
  ['said to be too large', formOf('Content-Length: 101'), 413, 'too_large'],
  ['too large without saying so', `${formOf(chunked)}ff\r\n${'a'.repeat(255)}`, 413, 'too_large'],
  ['that does not go on', `${formOf('Content-Length: 7')}a`, 408, 'request_timeout'],
  ['whose chunks do not go on', `${formOf(chunked)}3\r\na=1\r\n`, 408, 'request_timeout'],
  ['whose chunks are broken', `${formOf(chunked)}3\r\na=1\r\nzz`, 400, 'bad_request'],
]

test.for(bodies)('a small body %s', async ([, bytes, status, code]) => {
  const port = await served({}, { mostBytes: 100, seconds: 0.1 })

  const answer = await rawHttp(port, bytes)

  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.body)).toMatchObject(code ? { code, status } : { a: '1', b: '2' })
  expect((await rawHttp(port, good)).status).toBe(200)
})

test('/auth takes 64 kB, the way to the API any size', async () => {
  const { port, headers } = await servedBff((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
    request.on('end', () => response.end(String(bytes)))
  })
  const own = [host, form, `Cookie: ${headers.Cookie}`, 'X-CSRF: 1', 'Content-Length: 65537']
  const body = 'x'.repeat(65_537)

  const auth = await rawHttp(port, head('POST /auth/logout HTTP/1.1', ...own) + body)
  const page = await rawHttp(port, head('POST /somewhere HTTP/1.1', ...own) + body)
  const api = await rawHttp(port, head('POST /api/notes HTTP/1.1', ...own) + body)

  expect([auth.status, page.status, api.status]).toEqual([413, 413, 200])
  expect(api.body).toBe('65537')
})

test('a malformed request behind one that is still being answered is never taken for its answer', async () => {
  const port = await served()

  const { bytes, closed } = await rawHttp(
    port,
    head('POST /stuck HTTP/1.1', host, 'Content-Length: 0') +
      head('GET / HTTP/1.1', 'Bad Header: x'),
  )

  expect([bytes, closed]).toEqual(['', true])
})

/** A server as Node makes it, left as it is. */
async function nodesOwn(): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url !== '/stuck') outgoing.end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

test('without looking at what is owed, the refusal is taken for the answer before it, with the guard off', async () => {
  const { bytes } = await rawHttp(
    await nodesOwn(),
    head('POST /stuck HTTP/1.1', host, 'Content-Length: 0') +
      head('GET / HTTP/1.1', 'Bad Header: x'),
  )

  expect(bytes).toMatch(/^HTTP\/1\.1 400 /)
})

const twofold: readonly [name: string, bytes: string][] = [
  ['a second host', head('GET / HTTP/1.1', host, 'Host: evil.example')],
  ['a target on another host', head('GET http://evil.example/ HTTP/1.1', host)],
  [
    'a coding before chunked',
    `${head('POST / HTTP/1.1', host, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
  ],
  ['chunks in HTTP/1.0', `${head('POST / HTTP/1.0', host, 'Transfer-Encoding: chunked')}0\r\n\r\n`],
]

test.for(twofold)(
  '%s is refused, and passes Node’s parser with the guard off',
  async ([, bytes]) => {
    const guarded = await rawHttp(await served(), bytes)
    const unguarded = await rawHttp(await nodesOwn(), bytes)

    expect([guarded.status, unguarded.status]).toEqual([400, 200])
  },
)

test('nothing of a malformed request comes back', async () => {
  const port = await served()

  const { bytes, status } = await rawHttp(
    port,
    head('GET /?token=secret HTTP/1.1', 'secret header: secret'),
  )

  expect(status).toBe(400)
  expect(bytes).not.toContain('secret')
})

test('a client that breaks off in the middle of anything does no harm', async () => {
  const port = await served()

  for (const bytes of ['G', good.slice(0, -2), `${formOf('Content-Length: 7')}a`]) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    socket.write(bytes)
    socket.resetAndDestroy()
  }

  expect((await rawHttp(port, good)).status).toBe(200)
})

test('what goes wrong around the app is a 500 that tells nothing, and a line in the log', async () => {
  const events: Event[] = []
  const app = {
    fetch() {
      throw new TypeError('the secret is 42')
    },
  }
  const telemetry = heard({ record: (event: Event) => void events.push(event) })
  const { port } = await serve({ bff: { app }, telemetry })

  const { status, body } = await rawHttp(port, head('GET / HTTP/1.1', host))

  expect(status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'internal' })
  expect(events).toMatchObject([{ name: 'unexpected-error', detail: 'TypeError' }])
  expect(JSON.stringify([events, body])).not.toContain('the secret')
})
