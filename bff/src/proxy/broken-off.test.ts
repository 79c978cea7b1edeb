import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { rawHttp } from '../testing/raw-http.ts'
import type { Api } from '../testing/served-bff.ts'

/** An API that notes how each call to it ended. */
function noting(answer: Api) {
  const ends: Promise<'whole' | 'left'>[] = []
  const asked = Promise.withResolvers<IncomingMessage>()
  const api: Api = (request, response) => {
    request.on('error', () => {})
    ends.push(
      new Promise((resolve) => {
        response.once('close', () => resolve(response.writableFinished ? 'whole' : 'left'))
      }),
    )
    asked.resolve(request)
    return answer(request, response)
  }
  return { api, ends, asked: asked.promise }
}

test('a browser that leaves before the answer has begun ends the call to the API', async () => {
  const { api, ends, asked } = noting(() => {})
  const { open, world } = await overSockets(api)
  const request = open('/api/notes')
    .on('error', () => {})
    .end()
  await asked

  request.destroy()

  expect(await ends[0]).toBe('left')
  await expect.poll(() => world.eventsNamed('client-left').length, { timeout: 5000 }).toBe(1)
  expect(world.eventsNamed('call-failed')).toEqual([])
})

test('a browser that leaves in the middle of the answer ends the call to the API', async () => {
  const { api, ends } = noting((_, response) => {
    response.writeHead(200)
    const writing = setInterval(() => response.write('x'.repeat(10_000)), 1)
    response.once('close', () => clearInterval(writing))
  })
  const { open } = await overSockets(api)
  const request = open('/api/notes')
    .on('error', () => {})
    .end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await once(response, 'data')

  request.destroy()

  expect(await ends[0]).toBe('left')
})

test('a browser that leaves while the API waits for it to take more ends the call', async () => {
  const { api, ends } = noting((_, response) => response.end(Buffer.alloc(50_000_000)))
  const { open } = await overSockets(api)
  const request = open('/api/notes')
    .on('error', () => {})
    .end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await once(response, 'readable')

  request.destroy()

  expect(await ends[0]).toBe('left')
})

test.for([{ 'Content-Length': '1000' }, { 'Transfer-Encoding': 'chunked' }])(
  'an upload that is given up (%o) is never taken for whole by the API',
  async (headers) => {
    const begun = Promise.withResolvers<void>()
    const read = Promise.withResolvers<string>()
    const { api, ends } = noting((request) => {
      request.once('data', () => begun.resolve())
      request.once('end', () => read.resolve('whole')).once('close', () => read.resolve('broken'))
    })
    const { open } = await overSockets(api)
    const request = open('/api/upload', { method: 'POST', headers }).on('error', () => {})
    request.write('half')
    await begun.promise

    request.destroy()

    expect([await ends[0], await read.promise]).toEqual(['left', 'broken'])
  },
)

test('a browser that leaves in the middle of its head never reaches the API', async () => {
  const { api, ends } = noting((_, response) => response.end())
  const { port, ask, headers } = await overSockets(api)
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end(`GET /api/notes HTTP/1.1\r\nHost: app.example.com\r\nCookie: ${headers.Cookie}\r\nX-`)
  await once(socket.resume(), 'close')

  await ask('/api/notes')

  expect(ends).toHaveLength(1)
})

const headOf = (framing: string) => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${framing}\r\n`

const brokenAnswers: readonly [string, string, (socket: Socket) => void][] = [
  ['short of its length', headOf('Content-Length: 10\r\n') + 'half', (socket) => socket.end()],
  ['without its last chunk', headOf('Transfer-Encoding: chunked\r\n') + '4\r\nhalf\r\n', end],
  ['in the middle of a chunk', headOf('Transfer-Encoding: chunked\r\n') + '9\r\nhalf', end],
  ['reset, with a length', headOf('Content-Length: 10\r\n') + 'half', reset],
  ['reset, in chunks', headOf('Transfer-Encoding: chunked\r\n') + '4\r\nhalf\r\n', reset],
  ['garbled', headOf('Transfer-Encoding: chunked\r\n') + '4\r\nhalf\r\nnonsense\r\n', () => {}],
]

function end(socket: Socket): void {
  socket.end()
}
function reset(socket: Socket): void {
  socket.resetAndDestroy()
}

test.for(brokenAnswers)(
  'an answer that is %s comes down as broken, never as whole',
  async ([, bytes, breakOff]) => {
    const api = createTcpServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          socket.write(bytes)
          setImmediate(() => setTimeout(() => breakOff(socket), 20))
        })
    })
    const { port, headers } = await overSockets(api)

    const answer = await rawHttp(port, call(headers.Cookie))

    expect(answer.closed).toBe(true)
    // Neither is all there that was announced, nor is there an end of chunks.
    expect(answer.bytes.endsWith('0\r\n\r\n')).toBe(false)
    expect(answer.body.length).not.toBe(Number(answer.headers['content-length']))
  },
)

function call(cookie: string): string {
  return `GET /api/notes HTTP/1.1\r\nHost: app.example.com\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\n\r\n`
}

test('an answer that only the end of its connection ends is whole when it ends', async () => {
  const api = createTcpServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => socket.end(headOf('Connection: close\r\n') + 'all'))
  })
  const { ask } = await overSockets(api)

  expect(await ask('/api/notes')).toMatchObject({ status: 200, body: 'all' })
})

test.for([
  ['hangs up', (socket: Socket) => socket.end()],
  ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
  ['hangs up in its head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
] as const)('an API that %s before its answer has begun is 502', async ([, leave]) => {
  const api = createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => leave(socket))
  })
  const { ask } = await overSockets(api)

  const { status, body } = await ask('/api/notes')

  expect([status, JSON.parse(body)]).toMatchObject([502, { code: 'upstream_unreachable' }])
})

test('an API that nobody can connect to is 502, and the next call tries anew', async () => {
  const api = createServer((_, response) => response.end('back'))
  const { ask, upstream } = await overSockets(api)
  const { port } = upstream.address() as { port: number }
  upstream.close()
  await once(upstream, 'close')

  const away = await ask('/api/notes')
  await once(api.listen(port, '127.0.0.1'), 'listening')
  onTestFinished(() => api.closeAllConnections())
  const back = await ask('/api/notes')

  expect([away.status, back.status]).toEqual([502, 200])
})
