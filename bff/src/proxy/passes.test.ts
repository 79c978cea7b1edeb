import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { head, rawHttp } from '../testing/raw-http.ts'

const codings = [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['deflate', deflateSync],
] as const

test.for(codings)(
  'a body in %s and its strong ETag come down byte for byte',
  async ([name, compress]) => {
    const packed = compress('hello '.repeat(1000))
    const { open } = await overSockets((request, response) => {
      const { 'accept-encoding': accepted } = request.headers
      response.writeHead(200, { 'Content-Encoding': accepted, ETag: '"strong"' }).end(packed)
    })

    const request = open('/api/notes', { headers: { 'Accept-Encoding': name } }).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]

    expect(packed.equals(await buffer(response))).toBe(true)
    expect(response.headers).toMatchObject({ 'content-encoding': name, etag: '"strong"' })
  },
)

test('ranges are asked for and answered as they are: 206, 416, several at once', async () => {
  const asked: IncomingHttpHeaders[] = []
  const { ask } = await overSockets(({ headers }, response) => {
    asked.push(headers)
    if (headers.range === 'bytes=900-') {
      return response.writeHead(416, { 'Content-Range': 'bytes */10' }).end()
    }
    const type = headers.range?.includes(',') ? 'multipart/byteranges; boundary=b' : 'text/plain'
    const range = { 'Content-Range': 'bytes 0-3/10', 'Accept-Ranges': 'bytes' }
    return response.writeHead(206, { ...range, 'Content-Type': type }).end('part')
  })
  const range = (value: string) =>
    ask('/api/file', { headers: { Range: value, 'If-Range': '"1"' } })

  const part = await range('bytes=0-3')
  const beyond = await range('bytes=900-')
  const several = await range('bytes=0-1,4-5')

  expect([part.status, part.body, part.headers['content-range']]).toEqual([
    206,
    'part',
    'bytes 0-3/10',
  ])
  expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10'])
  expect(several.headers['content-type']).toBe('multipart/byteranges; boundary=b')
  expect(asked.map(({ 'if-range': ifRange }) => ifRange)).toEqual(['"1"', '"1"', '"1"'])
})

test('interim answers of an API stay between it and us, however many', async () => {
  const interim = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'
  const { port, headers } = await overSockets((_, response) => {
    response.socket?.write(interim + interim)
    response.end('hello')
  })

  const { bytes, body } = await rawHttp(port, requestHead(headers))

  expect(bytes).toMatch(/^HTTP\/1\.1 200 /)
  expect(bytes).not.toMatch(/HTTP\/1\.1 1\d\d|Link/i)
  expect(body).toBe('hello')
})

test('trailers go no further, up or down', async () => {
  let seen: unknown
  const { port, headers } = await overSockets(async (request, response) => {
    const body = await text(request)
    seen = [body, request.trailers, request.headers.trailer]
    response.writeHead(200, { Trailer: 'X-Sum' }).write('hello')
    response.addTrailers({ 'X-Sum': '1', 'Set-Cookie': 'planted=1' })
    response.end()
  })

  const chunked = ['Transfer-Encoding: chunked', 'Trailer: Authorization']
  const { bytes } = await rawHttp(
    port,
    requestHead(headers, 'POST', ...chunked),
    '2\r\nup\r\n0\r\nAuthorization: Bearer planted\r\n\r\n',
  )

  expect(seen).toEqual(['up', {}, undefined])
  expect(bytes.endsWith('5\r\nhello\r\n0\r\n\r\n')).toBe(true)
  expect(bytes).not.toMatch(/X-Sum|planted|Trailer/i)
})

/** The head of a call of the signed-in page. */
function requestHead(
  headers: { readonly Cookie: string; readonly 'X-CSRF': string },
  method = 'GET',
  ...more: readonly string[]
): string {
  const all = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return head(`${method} /api/notes HTTP/1.1`, 'Host: app.example.com', ...all, ...more)
}

test('a body that waits to be asked for (Expect: 100-continue) is asked for, and arrives', async () => {
  const { open } = await overSockets(async (request, response) => response.end(await text(request)))
  const expectation = { Expect: '100-continue', 'Content-Length': '5' }

  const request = open('/api/notes', { method: 'PUT', headers: expectation })
  request.flushHeaders()
  await once(request, 'continue')
  request.end('hello')
  const [response] = (await once(request, 'response')) as [IncomingMessage]

  expect(await text(response)).toBe('hello')
})

test('lengths stay lengths and chunks stay chunks, both ways', async () => {
  const { ask } = await overSockets(async (request, response) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    const said = `${length ?? '-'} ${coding ?? '-'} ${await text(request)}`
    if (coding === undefined) response.setHeader('Content-Length', said.length)
    else response.flushHeaders()
    response.end(said)
  })
  const put = (headers: Record<string, string>) =>
    ask('/api/x', { method: 'PUT', headers }, 'hello')

  const sized = await put({ 'Content-Length': '5' })
  const chunked = await put({ 'Transfer-Encoding': 'chunked' })

  expect([sized.body, sized.headers['content-length']]).toEqual(['5 - hello', '9'])
  expect([chunked.body, chunked.headers['transfer-encoding']]).toEqual([
    '- chunked hello',
    'chunked',
  ])
})

test.for([301, 302, 303, 307, 308])(
  'a redirect (%i) is passed on with its place, and never followed',
  async (status) => {
    const asked: unknown[] = []
    const { ask } = await overSockets(({ url }, response) => {
      asked.push(url)
      response.writeHead(status, { Location: 'https://elsewhere.example/x' }).end()
    })

    const answer = await ask('/api/old', { method: 'POST' }, 'body')

    expect([answer.status, answer.headers.location]).toEqual([
      status,
      'https://elsewhere.example/x',
    ])
    expect(asked).toEqual(['/v1/old'])
  },
)

test('a row can name the only headers that go up, and more that come down', async () => {
  const seen: IncomingHttpHeaders[] = []
  const { ask } = await overSockets(
    ({ headers }, response) => {
      seen.push(headers)
      response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'], Server: 'x', NEL: '{}' }).end()
    },
    { requestHeaders: ['Accept', 'X-Wanted'], responseHeaders: ['Set-Cookie'] },
  )

  const { headers } = await ask('/api/notes', {
    headers: { Accept: 'text/plain', 'X-Wanted': '1', 'X-Other': '2', 'User-Agent': 'u' },
  })

  expect(seen[0]).toMatchObject({ accept: 'text/plain', 'x-wanted': '1' })
  expect(seen[0]).toHaveProperty('authorization')
  for (const name of ['x-other', 'user-agent', 'cookie']) expect(seen[0]).not.toHaveProperty(name)
  expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(headers).not.toHaveProperty('server')
  expect(headers).not.toHaveProperty('nel')
})
