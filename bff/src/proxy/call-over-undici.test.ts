import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import type { Api } from '../testing/served-bff.ts'
import { publicUrl } from '../testing/test-bff.ts'

/** An API that answers every connection with the same bytes. */
function sayingOnly(bytes: string): Server {
  return createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(bytes))
  })
}

const tricks: readonly [string, string][] = [
  ['/api/../admin', '404'],
  ['/api/%2e%2e/admin', '404'],
  ['/api/..%2fadmin', '400'],
  ['/api/%252e%252e/admin', '400'],
  ['/api/..;/admin', '400'],
  ['/api/a\\..\\admin', '400'],
  ['/api/%5c..%5cadmin', '400'],
  ['/api/x%00', '400'],
  ['/x/../api/notes', '400'],
  ['/%61pi/notes', '404'],
  ['/api/%zz', '400'],
  ['/api/a%2Fb', '/v1/a%2Fb'],
  ['/api/tags/C%23', '/v1/tags/C%23'],
  ['/api/100%25', '/v1/100%25'],
  ['/api/a%5Cb', '/v1/a%5Cb'],
  ['/api//evil.example/x', '/v1//evil.example/x'],
  ['/api/a.b/..c', '/v1/a.b/..c'],
  ['/api/n?next=../x', '/v1/n?next=../x'],
]

test('no path leaves the target, and honest ones arrive byte for byte', async () => {
  const { ask } = await overSockets((request, response) => response.end(request.url))

  const outcomes = await Promise.all(
    tricks.map(async ([path]) => {
      const { status, body } = await ask(path)
      return [path, status === 200 ? body : String(status)]
    }),
  )

  expect(outcomes).toEqual(tricks)
})

test('a target in absolute form goes nowhere', async () => {
  const { ask } = await overSockets((request, response) => response.end(request.url))

  const { status } = await ask('http://evil.example/api/notes')

  expect(status).toBeGreaterThanOrEqual(400)
})

test('what goes up is what the browser sent and what we add, and nothing else', async () => {
  const { ask } = await overSockets((request, response) => response.end(rawHeadersOf(request)))

  const { body } = await ask('/api/notes', {
    headers: { 'If-None-Match': '"1"', Range: 'bytes=0-3', 'Accept-Encoding': 'gzip, br' },
  })

  expect(JSON.parse(body)).toEqual({
    'accept-encoding': 'gzip, br',
    authorization: expect.stringMatching(/^Bearer access-/) as string,
    connection: 'keep-alive',
    host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    'if-none-match': '"1"',
    range: 'bytes=0-3',
    traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/) as string,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': new URL(publicUrl).host,
    'x-forwarded-proto': 'https',
    'x-request-id': expect.stringMatching(/^[\w-]{36}$/) as string,
  })
})

function rawHeadersOf({ rawHeaders }: IncomingMessage): string {
  const pairs = rawHeaders.map((name, index) => [name.toLowerCase(), rawHeaders[index + 1]])
  return JSON.stringify(Object.fromEntries(pairs.filter((_, index) => index % 2 === 0)))
}

test('a compressed answer comes down untouched, with our headers on it', async () => {
  const zipped = gzipSync('hello '.repeat(1000))
  const { open } = await overSockets((_, response) => {
    response.writeHead(200, {
      'Content-Encoding': 'gzip',
      'Content-Length': zipped.byteLength,
      'Content-Type': 'text/plain',
      'Content-Security-Policy': 'script-src *',
      'X-Request-Id': 'of-the-api',
      ETag: '"1"',
    })
    response.end(zipped)
  })

  const request = open('/api/notes', { headers: { 'Accept-Encoding': 'gzip' } }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks = (await response.toArray()) as Buffer[]

  expect(Buffer.concat(chunks).equals(zipped)).toBe(true)
  expect(response.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-length': String(zipped.byteLength),
    etag: '"1"',
    'content-security-policy': expect.stringMatching(/^default-src 'none'/) as string,
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[\w-]{36}$/) as string,
  })
})

test('HEAD, 204, 304, 206 and 205 pass as they are, and the connection is used again', async () => {
  const { ask, openSockets } = await overSockets((request, response) => {
    const status = Number(request.url?.slice('/v1/'.length))
    response.writeHead(status, {
      ETag: '"1"',
      ...(status === 200 && { 'Content-Length': 1234 }),
      ...(status === 206 && { 'Content-Range': 'bytes 0-3/10' }),
    })
    response.end(status === 206 ? 'part' : undefined)
  })

  const head = await ask('/api/200', { method: 'HEAD' })
  const others = []
  for (const status of [204, 304, 206, 205]) others.push(await ask(`/api/${status}`))

  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '1234', ''])
  expect(others.map(({ status, body }) => [status, body])).toEqual([
    [204, ''],
    [304, ''],
    [206, 'part'],
    [205, ''],
  ])
  expect(others.every(({ headers }) => headers.etag === '"1"')).toBe(true)
  expect(others[2]?.headers['content-range']).toBe('bytes 0-3/10')
  expect(await openSockets()).toBe(1)
})

const framings: readonly [string, Record<string, string>][] = [
  ['GET', { 'Content-Length': '5' }],
  ['GET', { 'Transfer-Encoding': 'chunked' }],
  ['DELETE', { 'Transfer-Encoding': 'chunked' }],
  ['POST', { 'Transfer-Encoding': 'chunked' }],
  // The length is then between the browser and us, and ours to the API is another.
  ['POST', { 'Content-Length': '5', Connection: 'content-length' }],
]

test.for(framings)('%s with a body passes, framed as %o', async ([method, headers]) => {
  const { ask } = await overSockets(async (request, response) => {
    response.end(`${request.method} ${await text(request)}`)
  })

  const { body } = await ask('/api/search', { method, headers }, 'hello')

  expect(body).toBe(`${method} hello`)
})

test('server-sent events arrive as they are sent', async () => {
  const next = Promise.withResolvers<void>()
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: one\n\n')
    void next.promise.then(() => response.end('data: two\n\n'))
  })

  const answer = await fetch(`${origin}/api/events`, { headers })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  next.resolve()
  const second = await reader?.read()

  expect([first?.value, second?.value]).toEqual(['data: one\n\n', 'data: two\n\n'])
})

test('an answer whose body is long in coming has begun all the same', async () => {
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  })

  const answer = await fetch(`${origin}/api/events`, { headers })

  expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
})

test('a browser that leaves ends the call to the API', async () => {
  const left = Promise.withResolvers<void>()
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: one\n\n')
    response.on('close', () => left.resolve())
  })
  const leaving = new AbortController()
  const answer = await fetch(`${origin}/api/events`, { headers, signal: leaving.signal })
  await answer.body?.getReader().read()

  leaving.abort()

  await expect(left.promise).resolves.toBeUndefined()
})

test('hundreds of browsers that leave at any moment leave nothing behind', async () => {
  const { world, open, ask, openSockets } = await overSockets((request, response) => {
    request.on('error', () => {}).resume()
    if (request.url === '/v1/silent') return
    response.on('error', () => {}).writeHead(200)
    if (request.url === '/v1/whole') response.end('whole')
    else response.write('x'.repeat(request.url === '/v1/much' ? 1_000_000 : 10))
  })
  const leave = async (path: string, upload: boolean, index: number): Promise<void> => {
    const request = open(path, { method: upload ? 'POST' : 'GET', agent: false })
    const closed = new Promise((resolve) => request.once('close', resolve))
    request.on('error', () => {})
    if (upload) request.write('x'.repeat(100_000))
    else request.end()
    if (path === '/api/silent') setTimeout(() => request.destroy(), index % 20)
    else request.on('response', (response) => response.once('data', () => request.destroy()))
    await closed
  }

  for (let round = 0; round < 6; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const path = (['/api/silent', '/api/much', '/api/little'] as const)[index % 3]
        return leave(path ?? '', index % 2 === 0, index)
      }),
    )
  }
  const after = await ask('/api/whole')

  expect(after.body).toBe('whole')
  // The one that was asked last is kept for the next call.
  await expect.poll(openSockets).toBeLessThanOrEqual(1)
  expect(world.eventsNamed('client-left').length).toBeGreaterThan(0)
  expect(world.eventsNamed('call-failed')).toEqual([])
  expect(world.eventsNamed('unexpected-error')).toEqual([])
})

test('an answer that breaks off at the API is seen to be broken', async () => {
  const { headers, origin } = await overSockets((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' })
    response.write('half')
    setImmediate(() => response.destroy())
  })

  const answer = fetch(`${origin}/api/notes`, { headers }).then((response) => response.text())

  await expect(answer).rejects.toThrow(/terminated|fetch failed/)
})

const nonsense: readonly string[] = [
  'HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 200 OK\r\nBroken Header: x\r\n\r\n',
  'SSH-2.0-OpenSSH_9.6\r\n',
  '',
]

test.for(nonsense)('%j from the API is 502', async (bytes) => {
  const { ask, world } = await overSockets(sayingOnly(bytes))

  const { status, body } = await ask('/api/notes')

  expect(status).toBe(502)
  expect(JSON.parse(body)).toMatchObject({ code: 'upstream_unreachable' })
  expect(world.eventsNamed('call-failed')).toHaveLength(1)
})

test('early hints are dropped, the answer behind them arrives', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n'
  const { ask } = await overSockets(
    sayingOnly(`${hints}HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello`),
  )

  const { status, headers, body } = await ask('/api/notes')

  expect([status, headers['link'], body]).toEqual([200, undefined, 'hello'])
})

/** An API that answers once on each connection, and resets it at the next call. */
function resetting(methods: string[]): Api {
  const used = new WeakSet<object>()
  return (request, response) => {
    methods.push(request.method ?? '')
    if (used.has(request.socket)) return request.socket.resetAndDestroy()
    used.add(request.socket)
    return response.end('ok')
  }
}

test('a kept connection that is closed just as it is used again is replaced', async () => {
  const methods: string[] = []
  const { ask } = await overSockets(resetting(methods))

  const statuses = [(await ask('/api/a')).status, (await ask('/api/b')).status]

  expect(statuses).toEqual([200, 200])
  expect(methods).toEqual(['GET', 'GET', 'GET'])
})

test.for(['', 'body'])('what may have been done is not done twice: POST %j', async (body) => {
  const methods: string[] = []
  const { ask } = await overSockets(resetting(methods))

  const statuses = [
    (await ask('/api/a')).status,
    (await ask('/api/b', { method: 'POST' }, body)).status,
  ]

  expect(statuses).toEqual([200, 502])
  expect(methods).toEqual(['GET', 'POST'])
})

test('a token that the API refuses before its time is renewed, and the call made again', async () => {
  const tokens: string[] = []
  const { ask, world } = await overSockets((request, response) => {
    tokens.push(request.headers.authorization ?? '')
    response.writeHead(tokens.length === 1 ? 401 : 200).end(String(tokens.length))
  })
  world.clock.advance(10)

  const { status, body, headers } = await ask('/api/notes')

  expect([status, body]).toEqual([200, '2'])
  expect(new Set(tokens).size).toBe(2)
  expect(headers['set-cookie']?.[0]).toMatch(/^__Host-Http-strongroom=Fe26/)
})

test('a large body goes up whole', async () => {
  const { headers, origin } = await overSockets((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
    request.on('end', () => response.end(`${bytes} ${request.headers['content-length']}`))
  })

  const answer = await fetch(`${origin}/api/upload`, {
    method: 'POST',
    headers,
    body: new Uint8Array(20_000_000),
  })

  expect(await answer.text()).toBe('20000000 20000000')
})

test('a body that the API refuses in the middle of it gets the API’s answer', async () => {
  const { open } = await overSockets((request, response) => {
    request.once('data', () => {
      request.pause()
      response.writeHead(413).end('too much')
    })
  })

  const request = open('/api/upload', { method: 'POST' }).on('error', () => {})
  const writing = setInterval(() => request.write('x'.repeat(50_000)), 1)
  onTestFinished(() => clearInterval(writing))
  const [response] = (await once(request, 'response')) as [IncomingMessage]

  expect([response.statusCode, await text(response)]).toEqual([413, 'too much'])
})

test('the time runs while nothing moves: a slow body has all the time it needs', async () => {
  const { open } = await overSockets(
    async (request, response) => response.end(await text(request)),
    { timeoutSeconds: 0.3 },
  )
  const request = open('/api/upload', { method: 'POST' })
  let left = 12
  const writing = setInterval(() => {
    left -= 1
    if (left > 0) return request.write('x')
    clearInterval(writing)
    return request.end('.')
  }, 50)

  const [response] = (await once(request, 'response')) as [IncomingMessage]

  expect([response.statusCode, await text(response)]).toEqual([200, 'xxxxxxxxxxx.'])
})

test('an API whose answer does not begin, and a body that does not go on, are given up', async () => {
  const { ask, open, openSockets } = await overSockets((request) => request.resume(), {
    timeoutSeconds: 0.1,
  })
  const stuck = open('/api/upload', { method: 'POST' }).on('error', () => {})
  stuck.write('x')

  const [silent, [refused]] = await Promise.all([
    ask('/api/notes'),
    once(stuck, 'response') as Promise<[IncomingMessage]>,
  ])

  expect([silent.status, refused.statusCode]).toEqual([504, 504])
  await expect.poll(openSockets).toBe(0)
})
