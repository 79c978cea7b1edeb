import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'

const idleSeconds = 0.4

/** Writes pieces, each some time after the one before. */
async function dribble(response: ServerResponse, pieces: number, milliseconds: number) {
  for (let piece = 0; piece < pieces; piece += 1) {
    response.write('x')
    await pause(milliseconds)
  }
}

test('an answer in which nothing moves is broken off', async () => {
  const left = Promise.withResolvers<void>()
  const { origin, headers } = await overSockets(
    (_, response) => {
      response.once('close', () => left.resolve())
      response.write('half')
    },
    { idleSeconds },
  )

  const answer = fetch(`${origin}/api/notes`, { headers }).then((response) => response.text())

  await expect(answer).rejects.toThrow(/terminated|fetch failed/)
  await expect(left.promise).resolves.toBeUndefined()
})

test('an answer that is slow but moves comes whole, however long it takes in all', async () => {
  const { ask } = await overSockets(
    async (_, response) => {
      await dribble(response, 10, 100)
      response.end()
    },
    { idleSeconds, timeoutSeconds: 0.5 },
  )

  expect((await ask('/api/notes')).body).toBe('x'.repeat(10))
})

/** More than the buffers of two connections hold. */
const much = 60_000_000

/** A browser that asks, and takes only what it is told to take. */
async function reluctantBrowser(port: number, cookie: string) {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.pause().on('error', () => {})
  socket.write(`GET /api/export HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\n\r\n`)
  return socket
}

test('a browser that takes nothing of its answer is given up, and the API let go', async () => {
  const left = Promise.withResolvers<boolean>()
  const { port, headers } = await overSockets(
    (_, response) => {
      response.once('close', () => left.resolve(response.writableFinished))
      response.end(Buffer.alloc(much))
    },
    { idleSeconds },
  )

  await reluctantBrowser(port, headers.Cookie)

  expect(await left.promise).toBe(false)
})

test('without the limit, a browser that takes nothing holds the API’s connection for as long as it likes', async () => {
  let left = false
  const { port, headers } = await overSockets(
    (_, response) => {
      response.once('close', () => (left = true))
      response.end(Buffer.alloc(much))
    },
    { idleSeconds: 1000 },
  )

  await reluctantBrowser(port, headers.Cookie)
  await pause(idleSeconds * 3000)

  expect(left).toBe(false)
})

test('a browser that takes a little now and then gets all of it', async () => {
  const { port, headers } = await overSockets(
    (_, response) => response.end(Buffer.alloc(much / 10)),
    { idleSeconds },
  )
  const browser = await reluctantBrowser(port, headers.Cookie)
  let bytes = 0

  while (bytes < much / 10) {
    const chunk = browser.read() as Buffer | null
    bytes += chunk?.byteLength ?? 0
    // Some of the waits are as long as nearly all of the limit.
    await (chunk === null ? once(browser, 'readable') : pause(bytes < 500_000 ? 100 : 0))
  }

  expect(bytes).toBeGreaterThanOrEqual(much / 10)
})

/** A BFF before an API that takes a thousand bytes, and a browser that keeps its one connection. */
async function overSmallBodies() {
  const calls: ('under way' | 'whole' | 'broken')[] = []
  const { open } = await overSockets(
    (request, response) => {
      const at = calls.push('under way') - 1
      request.on('error', () => {}).resume()
      request.once('end', () => response.end('ok'))
      request.once('close', () => (calls[at] = request.complete ? 'whole' : 'broken'))
    },
    { maxBodyBytes: 1000 },
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const post = (headers = {}) => open('/api/upload', { method: 'POST', agent, headers })
  const answerOf = async (request: ClientRequest) => {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const body = await text(response)
    return { status: response.statusCode, body, reused: request.reusedSocket }
  }
  return { post, answerOf, calls }
}

test('a body that is announced as too large is 413 and asks nothing of the API; the browser’s connection lives', async () => {
  const { post, answerOf, calls } = await overSmallBodies()

  const refused = await answerOf(post({ 'Content-Length': '1001' }).end('x'.repeat(1001)))
  const next = await answerOf(post().end('x'.repeat(1000)))

  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([413, { code: 'too_large' }])
  expect([next.status, next.reused]).toEqual([200, true])
  expect(calls).toEqual(['whole'])
})

test('a body that turns out too large is 413 and never whole to the API; the browser’s connection lives', async () => {
  const { post, answerOf, calls } = await overSmallBodies()

  const request = post({ 'Transfer-Encoding': 'chunked' })
  request.write('x'.repeat(900))
  await expect.poll(() => calls, { timeout: 5000 }).toEqual(['under way'])
  const refused = await answerOf(request.end('x'.repeat(900)))
  const next = await answerOf(post().end('x'.repeat(1000)))

  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([413, { code: 'too_large' }])
  expect([next.status, next.reused]).toEqual([200, true])
  await expect.poll(() => calls, { timeout: 5000 }).toEqual(['broken', 'whole'])
})

/** An API that answers with these, one for each call, the last for all that follow. */
function answering(...statuses: (number | 'reset')[]) {
  const asked: string[] = []
  const moments: number[] = []
  const api = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = statuses[Math.min(asked.length, statuses.length - 1)]
    asked.push(request.method ?? '')
    moments.push(performance.now())
    if (answer === 'reset') request.socket.resetAndDestroy()
    else response.writeHead(answer ?? 200, { Connection: 'close' }).end(String(asked.length))
  }
  return { api, asked, moments }
}

test.for([502, 503, 504, 'reset'] as const)(
  'with retries, a call that fails in passing (%s) is made again',
  async (trouble) => {
    const { api, asked } = answering(trouble, 200)
    const { ask } = await overSockets(api, { retries: 2 })

    expect(await ask('/api/notes')).toMatchObject({ status: 200 })
    expect(asked).toEqual(['GET', 'GET'])
  },
)

test('each retry waits longer, and the last answer is the one that comes down', async () => {
  const { api, moments } = answering(503)
  const { ask } = await overSockets(api, { retries: 2 })

  const { status, body } = await ask('/api/notes')
  const [first = 0, second = 0] = [0, 1].map((at) => (moments[at + 1] ?? 0) - (moments[at] ?? 0))

  expect([status, body]).toEqual([503, '3'])
  expect(first).toBeGreaterThanOrEqual(24)
  expect(second).toBeGreaterThanOrEqual(49)
})

test.for([
  ['POST', undefined, 503],
  ['PATCH', undefined, 503],
  ['PUT', 'body', 503],
  ['DELETE', 'body', 503],
  ['GET', undefined, 500],
  ['GET', undefined, 429],
] as const)('no retry for %s with body %s answered %i', async ([method, body, status]) => {
  const { api, asked } = answering(status)
  const { ask } = await overSockets(api, { retries: 3 })

  const headers = { 'Content-Length': String(body?.length ?? 0) }

  expect(await ask('/api/notes', { method, headers }, body)).toMatchObject({ status })
  expect(asked).toEqual([method])
})

test.for(['HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s without a body is retried', async (method) => {
  const { api, asked } = answering(503, 200)
  const { ask } = await overSockets(api, { retries: 1 })
  const headers = { 'Content-Length': '0' }

  expect(await ask('/api/notes', { method, headers })).toMatchObject({ status: 200 })
  expect(asked).toEqual([method, method])
})

test('without retries every answer is the first one', async () => {
  const { api, asked } = answering(503, 200)
  const { ask } = await overSockets(api)

  expect(await ask('/api/notes')).toMatchObject({ status: 503 })
  expect(asked).toEqual(['GET'])
})

test('nothing is retried once the answer’s head has gone down', async () => {
  let asked = 0
  const { origin, headers } = await overSockets(
    (_, response) => {
      asked += 1
      response.writeHead(200).write('half')
      setTimeout(() => response.destroy(), 20)
    },
    { retries: 3 },
  )

  const answer = fetch(`${origin}/api/notes`, { headers }).then((response) => response.text())

  await expect(answer).rejects.toThrow(/terminated|fetch failed/)
  expect(asked).toBe(1)
})
