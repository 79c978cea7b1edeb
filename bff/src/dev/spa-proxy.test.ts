import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { freshFolder } from '../testing/own-process.ts'
import { openDevelopment } from './development.ts'
import { startDevServer } from './dev-server.ts'

const ownProvider = {
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'the-secret-of-the-client',
  API_UPSTREAM: 'http://127.0.0.1:9',
  LOG_LEVEL: 'silent',
}

/** A dev server that notes what it is asked, with Strongroom in front of it. */
async function inFront(headers: OutgoingHttpHeaders = {}) {
  const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const spa = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      asked.push({ url: incoming.url ?? '', headers: incoming.headers, body })
      outgoing.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end('<h1>The app</h1>')
    })
  })
  const sockets = new WebSocketServer({ server: spa, handleProtocols: ([first]) => first ?? false })
  sockets.on('connection', (socket) => socket.send('connected'))
  const spaPort = await listening(spa.listen(0, '127.0.0.1'))
  // Its port must be known before it listens: what stands in every address.
  const place = createServer()
  const port = await listening(place.listen(0, '127.0.0.1'))
  place.close()
  const development = await openDevelopment({
    folder: freshFolder(),
    publicUrl: `http://localhost:${port}`,
    env: ownProvider,
  })
  const server = await startDevServer(development, {
    spa: new URL(`http://127.0.0.1:${spaPort}`),
    host: '127.0.0.1',
    port,
    tls: null,
  })
  onTestFinished(async () => {
    for (const each of [server, spa]) {
      each.closeAllConnections()
      each.close()
    }
    await development.close()
  })
  return { asked, port, spa, sockets }
}

async function listening(server: Server): Promise<number> {
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: string
}

/** Over node:http, since `fetch` says of itself where a request is from. */
async function send(port: number, path: string, { headers = {}, method = 'GET', body }: Sent = {}) {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { Host: `localhost:${port}`, ...headers },
    agent: false,
  }).end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}

test('what is not its own comes from the app’s dev server, body and query included', async () => {
  const { asked, port } = await inFront()

  const page = await send(port, '/deep/link?x=%2F1')
  await send(port, '/save', {
    method: 'POST',
    body: 'some text',
    headers: { 'Content-Length': '9', Origin: `http://localhost:${port}` },
  })

  expect(page).toMatchObject({ status: 200, text: '<h1>The app</h1>' })
  expect(asked).toMatchObject([{ url: '/deep/link?x=%2F1' }, { url: '/save', body: 'some text' }])
})

test('what is its own never reaches the dev server', async () => {
  const { asked, port } = await inFront()

  const session = await send(port, '/auth/session', { headers: { 'X-CSRF': '1' } })
  const call = await send(port, '/api/notes', { headers: { 'X-CSRF': '1' } })
  const nothing = await send(port, '/auth/nothing-there')

  expect(session).toMatchObject({ status: 200, text: '{"authenticated":false}' })
  expect([call.status, nothing.status]).toEqual([401, 404])
  expect(asked).toEqual([])
})

test('the session’s cookie stays here', async () => {
  const { asked, port } = await inFront()

  await send(port, '/', { headers: { Cookie: '__Host-Http-strongroom=sealed' } })

  expect(asked[0]?.headers['cookie']).toBeUndefined()
})

test('a page led to the loopback by another name gets nothing of the app, and no answer that it could read', async () => {
  const { asked, port } = await inFront()
  const rebound = { Host: `attacker.example:${port}`, 'Sec-Fetch-Mode': 'cors' }

  const source = await send(port, '/src/secrets.ts', { headers: rebound })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: rebound })
  const [, refusal] = await once(socket, 'unexpected-response')
  refusal.resume()
  socket.on('error', () => {}).terminate()

  expect([source.status, refusal.statusCode]).toEqual([421, 421])
  expect(asked).toEqual([])
})

test('who types another name of this machine is led to the one at which a sign-in works', async () => {
  const { port } = await inFront()

  const { headers, status } = await send(port, '/notes', {
    headers: { Host: `127.0.0.1:${port}`, 'Sec-Fetch-Mode': 'navigate' },
  })

  expect({ status, location: headers.location }).toEqual({
    status: 307,
    location: `http://localhost:${port}/notes`,
  })
})

test.each([
  '/.strongroom/store.db',
  '/@fs/app/.strongroom/.env.development',
  '/%2Estrongroom/x',
  '/%2Estrongroom%2fstore.db',
  '/x/..%2f.strongroom%5cstore.db',
  '/%252eSTRONGROOM%252fstore.db',
  '/.strongroom./store.db',
  '/%ff/.strongroom%2fstore.db',
  '/.strongroom::$INDEX_ALLOCATION/store.db',
  '/strongroom.config.ts?raw',
])('what is kept in the project’s folder is not asked for: %s', async (path) => {
  const { asked, port } = await inFront()

  expect((await send(port, path)).status).toBe(404)
  expect(asked).toEqual([])
})

test.each(['/.strongroom-app/main.js', '/src/strongroom.config.ts.html', '/a%20b/%25'])(
  'what only looks like it is the app’s: %s',
  async (path) => {
    const { asked, port } = await inFront()

    expect((await send(port, path)).status).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([path])
  },
)

test('the page’s policy lets hot reload run and nothing come from elsewhere', async () => {
  const { port } = await inFront({ 'Strict-Transport-Security': 'max-age=1' })

  const { headers } = await send(port, '/')

  const policy = headers['content-security-policy']
  expect(policy).toContain("script-src 'self' 'unsafe-inline'")
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('require-trusted-types-for')
  expect(headers['strict-transport-security']).toBeUndefined()
  expect(headers['x-content-type-options']).toBe('nosniff')
})

test('a dev server’s own policy stands', async () => {
  const { port } = await inFront({ 'Content-Security-Policy': "default-src 'self'" })

  const { headers } = await send(port, '/')

  expect(headers['content-security-policy']).toBe("default-src 'self'")
})

test('the answers that are its own have the strict policy of production', async () => {
  const { port } = await inFront()

  const { headers } = await send(port, '/auth/session', { headers: { 'X-CSRF': '1' } })

  expect(headers['content-security-policy']).toContain("script-src 'self';")
})

test('a WebSocket outside the API is the dev server’s, protocol and all', async () => {
  const { port } = await inFront()

  const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=x`, 'vite-hmr', {
    headers: { Host: `localhost:${port}` },
  })
  onTestFinished(() => socket.terminate())
  const [said] = await once(socket, 'message')

  expect(String(said)).toBe('connected')
  expect(socket.protocol).toBe('vite-hmr')
})

test('while the dev server is not there, a person gets a page that asks again, and a script a plain answer', async () => {
  const { port, spa } = await inFront()
  spa.closeAllConnections()
  spa.close()

  const page = await send(port, '/notes', { headers: { Accept: 'text/html' } })
  const module = await send(port, '/main.js', { headers: { 'Sec-Fetch-Mode': 'cors' } })

  expect(page.status).toBe(503)
  expect(page.headers['refresh']).toBe('2')
  expect(page.text).toContain('dev server does not answer')
  expect(page.text).toContain('ECONNREFUSED')
  expect(module.status).toBe(502)
})
