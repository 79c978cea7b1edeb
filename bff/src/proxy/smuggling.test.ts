import { beforeAll, beforeEach, expect, test } from 'vitest'
import { head, rawHttp } from '../testing/raw-http.ts'
import { recordingApi } from '../testing/recording-api.ts'
import { servedBff, type ServedBff } from '../testing/served-bff.ts'
import { publicUrl } from '../testing/test-bff.ts'

const api = recordingApi()
let bff: ServedBff

beforeAll(async () => {
  const closing: (() => void)[] = []
  bff = await servedBff(api, { onOver: (close) => closing.push(close) })
  return () => closing.forEach((close) => close())
})

beforeEach(() => void api.arrived.splice(0))

/** A signed-in page's request with lines of the attacker's, and what becomes of it at the API. */
async function attacked(requestLine: string, lines: readonly string[], body = '') {
  const { port, headers } = bff
  const own = ['Host: app.example.com', `Cookie: ${headers.Cookie}`, `X-CSRF: ${headers['X-CSRF']}`]
  const answer = await rawHttp(port, head(requestLine, ...own, ...lines) + body)
  const arrived = [...api.arrived]
  const after = await rawHttp(port, head('GET /api/after HTTP/1.1', ...own))
  return { answer, arrived, livesOn: after.status === 200 }
}

/** What is ours to say, and all that goes up with a request that says nothing itself. */
const ours = [
  'authorization',
  'connection',
  'host',
  'traceparent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]

const get = 'GET /api/notes HTTP/1.1'
const post = 'POST /api/notes HTTP/1.1'
const chunked = 'Transfer-Encoding: chunked'

const stripped: readonly [trick: string, lines: readonly string[], kept?: readonly string[]][] = [
  ['twins with an underscore', ['X_Forwarded_User: root', 'X_Forwarded_For: ::1', 'X_CSRF: 1']],
  ['twins of ours', ['x_request_id: 1', 'Authorization_: x', 'x-forwarded_host: evil.example']],
  [
    'our own headers named by Connection',
    ['Connection: x-csrf, authorization, x-forwarded-for, x-request-id, cookie, host'],
  ],
  ['a header named by Connection', ['Connection: x-a', 'X-A: 1', 'X-B: 2'], ['x-b']],
  [
    'an upgrade to HTTP/2',
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA'],
  ],
  ['a bearer of their own', ['Authorization: Bearer theirs', 'Authorization: Bearer again']],
]

test.for(stripped)('%s: only what may arrives at the API', async ([, lines, kept = []]) => {
  const { answer, arrived, livesOn } = await attacked(get, lines)

  const [call] = arrived
  expect(answer.status).toBe(200)
  expect(Object.keys(call?.headers ?? {}).toSorted()).toEqual([...ours, ...kept].toSorted())
  expect(call?.headers['authorization']).toEqual([expect.stringMatching(/^Bearer access-/)])
  expect(call?.headers['x-forwarded-for']).toEqual(['127.0.0.1'])
  expect(call?.headers['x-forwarded-host']).toEqual(['app.example.com'])
  expect(call?.headers['connection']).toEqual(['keep-alive'])
  expect(livesOn).toBe(true)
})

const refused: readonly [trick: string, line: string, lines: readonly string[], body?: string][] = [
  ['a folded header', get, ['X-A: 1', ' X-B: 2']],
  ['a header folded by a tab', get, ['X-A: 1', '\tX-B: 2']],
  ['two lengths that agree', post, ['Content-Length: 3', 'Content-Length: 3'], 'abc'],
  ['two lengths that differ', post, ['Content-Length: 3', 'Content-Length: 30'], 'abc'],
  ['a list of lengths', post, ['Content-Length: 3, 3'], 'abc'],
  ['a length with a sign', post, ['Content-Length: +3'], 'abc'],
  ['a negative length', post, ['Content-Length: -1'], 'abc'],
  ['a length in hexadecimal', post, ['Content-Length: 0x3'], 'abc'],
  ['a length past any number', post, ['Content-Length: 99999999999999999999999'], 'abc'],
  [
    'a length, then chunks',
    post,
    ['Content-Length: 5', chunked],
    '0\r\n\r\nGET /admin HTTP/1.1\r\n',
  ],
  [
    'chunks, then a length',
    post,
    [chunked, 'Content-Length: 5'],
    '0\r\n\r\nGET /admin HTTP/1.1\r\n',
  ],
  ['a coding that is almost chunked', post, ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['chunked before another coding', post, ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['another coding before chunked', post, ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
  ['chunked twice', post, [chunked, chunked], '0\r\n\r\n'],
  ['two codings', post, ['Transfer-Encoding: identity', chunked], '0\r\n\r\n'],
  ['chunked behind a vertical tab', post, ['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'],
  ['chunked in quotes', post, ['Transfer-Encoding: "chunked"'], '0\r\n\r\n'],
  ['chunks in HTTP/1.0', 'POST /api/notes HTTP/1.0', [chunked], '0\r\n\r\n'],
  ['a space before the colon', post, ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
  ['a space in a name', get, ['X A: 1']],
  ['a line feed alone between headers', get, ['X-A: 1\nX-B: 2']],
  ['a carriage return alone between headers', get, ['X-A: 1\rX-B: 2']],
  ['a NUL in a value', get, ['X-A: 1\x002']],
  ['a NUL in a name', get, ['X-\x00A: 1']],
  ['a line feed in a chunk’s extension', post, [chunked], '1;a\nb\r\na\r\n0\r\n\r\n'],
  ['chunks parted by line feeds alone', post, [chunked], '1\na\n0\n\n'],
  ['a chunk’s size with a prefix', post, [chunked], '0x1\r\na\r\n0\r\n\r\n'],
  ['a chunk’s size past any number', post, [chunked], 'fffffffffffffffff\r\na\r\n0\r\n\r\n'],
  ['a second host', get, ['Host: evil.example']],
  ['the same host again', get, ['Host: app.example.com']],
  ['a target on another host', 'GET http://evil.example/api/notes HTTP/1.1', []],
  ['a target of another scheme', 'GET ftp://app.example.com/api/notes HTTP/1.1', []],
  ['a target without a slash', 'GET api/notes HTTP/1.1', []],
  ['a target that begins with user info', 'GET @evil.example/api/notes HTTP/1.1', []],
  ['a target that begins with a port', 'GET :80@evil.example/api HTTP/1.1', []],
  ['a star for a target', 'GET * HTTP/1.1', []],
  ['OPTIONS for the server as a whole', 'OPTIONS * HTTP/1.1', []],
  ['a space in the target', 'GET /api/notes x HTTP/1.1', []],
  ['a byte past ASCII in the target', 'GET /api/\xe9 HTTP/1.1', []],
  ['a method in small letters', 'get /api/notes HTTP/1.1', []],
  ['a method nobody knows', 'SMUGGLE /api/notes HTTP/1.1', []],
  ['TRACK', 'TRACK /api/notes HTTP/1.1', []],
  ['HTTP/1.2', 'GET /api/notes HTTP/1.2', []],
  ['HTTP/0.9', 'GET /api/notes', []],
  ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0', [], 'SM\r\n\r\n'],
]

test.for(refused)('%s is refused, and nothing of it arrives', async ([, line, lines, body]) => {
  const { answer, arrived, livesOn } = await attacked(line, lines, body)

  expect(answer.status).toBe(400)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad_request', status: 400 })
  expect(arrived).toEqual([])
  expect(livesOn).toBe(true)
})

const hosts: readonly [host: string, status: number][] = [
  ['Host: a/b', 400],
  ['Host: user@evil.example', 400],
  ['Host: a b', 400],
  ['Host: a:99999', 400],
  ['Host: a?b', 400],
  ['Host: a#b', 400],
  ['Host: [::1', 400],
  ['Host:', 400],
  ['X-No-Host: 1', 400],
  ['Host: evil.example', 200],
]

test.for(hosts)('%s: no host hangs the server, and none is believed', async ([host, status]) => {
  const { port, headers } = bff

  const own = [`Cookie: ${headers.Cookie}`, 'X-CSRF: 1']
  const answer = await rawHttp(port, head(get, host, ...own))

  expect(answer.status).toBe(status)
  expect(api.arrived.map(({ headers }) => headers['x-forwarded-host'])).toEqual(
    status === 200 ? [['app.example.com']] : [],
  )
  expect((await rawHttp(port, head(get, 'Host: a', ...own))).status).toBe(200)
})

const methods: readonly [method: string, status: number][] = [
  ['CONNECT', 405],
  ['TRACE', 405],
  ['PROPFIND', 405],
  ['QUERY', 405],
]

test.for(methods)('%s never reaches the API', async ([method, status]) => {
  const { answer, arrived, livesOn } = await attacked(`${method} /api/notes HTTP/1.1`, [])

  expect([answer.status, arrived, livesOn]).toEqual([status, [], true])
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'method_not_allowed' })
})

test('a method that is to stand for another stays what it was', async () => {
  const overrides = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']
  const { arrived } = await attacked(
    'POST /api/notes?_method=DELETE HTTP/1.1',
    [
      ...overrides.map((name) => `${name}: DELETE`),
      'Content-Type: text/plain',
      'Content-Length: 14',
    ],
    '_method=DELETE',
  )

  expect(arrived).toMatchObject([
    { method: 'POST', url: '/v1/notes?_method=DELETE', body: '_method=DELETE' },
  ])
  expect(Object.keys(arrived[0]?.headers ?? {}).filter((name) => /method/.test(name))).toEqual([])
})

test('a GET that is to stand for a POST does not sign anybody out', async () => {
  const { answer } = await attacked('GET /auth/logout?_method=POST HTTP/1.1', [
    'X-HTTP-Method-Override: POST',
  ])

  expect(answer.status).toBe(405)
})

test('a body whose length Connection names away still ends where it ended', async () => {
  const { arrived, livesOn } = await attacked(
    post,
    ['Connection: content-length, transfer-encoding', 'Content-Length: 3'],
    'abc',
  )

  expect(arrived).toMatchObject([{ body: 'abc', headers: { 'transfer-encoding': ['chunked'] } }])
  expect(livesOn).toBe(true)
})

test('an underscore makes no second framing', async () => {
  const { arrived } = await attacked(
    post,
    ['Transfer_Encoding: chunked', 'Content_Length: 0', 'Content-Length: 3'],
    'abc',
  )

  expect(arrived).toMatchObject([{ body: 'abc', headers: { 'content-length': ['3'] } }])
})

test('what stands in a chunk’s extension or behind the last chunk goes no further', async () => {
  const { arrived } = await attacked(
    post,
    [chunked, 'Trailer: Authorization'],
    '3;x=y\r\nabc\r\n0\r\nAuthorization: Bearer theirs\r\n\r\n',
  )

  expect(arrived).toMatchObject([{ body: 'abc' }])
  expect(arrived[0]?.headers['authorization']).toEqual([expect.stringMatching(/^Bearer access-/)])
})

test('a chunk’s extension as long as a novel is 413', async () => {
  const body = `3;${'x'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`
  const { answer, arrived, livesOn } = await attacked(post, [chunked], body)

  expect(answer.status).toBe(413)
  expect(arrived).toEqual([])
  expect(livesOn).toBe(true)
})

test('a request behind another on the same connection is judged by itself', async () => {
  const { port, headers } = bff
  const own = ['Host: a', `Cookie: ${headers.Cookie}`, 'X-CSRF: 1']
  const first = head(post, ...own, 'Content-Length: 3')

  const { bytes } = await rawHttp(
    port,
    `${first}abc${head('GET /api/admin HTTP/1.1', 'Host: a', 'Connection: close')}`,
  )

  expect(api.arrived.map(({ url }) => url)).toEqual(['/v1/notes'])
  expect(bytes).toMatch(/^HTTP\/1\.1 200 /)
})

const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AA==']

const sockets: readonly [from: string, lines: readonly string[]][] = [
  ['another origin', ['Origin: https://evil.example']],
  ['a sibling', ['Origin: https://other.example.com']],
  ['an origin that begins like ours', [`Origin: ${publicUrl}.evil.example`]],
  ['nowhere', ['Origin: null']],
  ['nobody', []],
  ['nobody, with the header of script', ['X-CSRF: 1']],
]

test.for(sockets)('a WebSocket asked for by %s is refused', async ([, lines]) => {
  const { port, headers } = bff

  // A browser adds the cookie, and can add no header of ours.
  const { status } = await rawHttp(
    port,
    head('GET /api/socket HTTP/1.1', 'Host: a', `Cookie: ${headers.Cookie}`, ...upgrade, ...lines),
  )

  expect([status, api.arrived]).toEqual([403, []])
})

test('Expect: 100-continue is answered here and goes no further', async () => {
  const lines = ['Expect: 100-continue', 'Content-Length: 3']
  const { answer, arrived } = await attacked(post, lines, 'abc')

  expect(answer.bytes).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  expect(arrived).toMatchObject([{ body: 'abc' }])
  expect(arrived[0]?.headers).not.toHaveProperty('expect')
})

test('any other expectation is refused', async () => {
  const lines = ['Expect: 200-maybe', 'Content-Length: 3']
  const { answer, arrived, livesOn } = await attacked(post, lines, 'abc')

  expect([answer.status, arrived, livesOn]).toEqual([417, [], true])
})
