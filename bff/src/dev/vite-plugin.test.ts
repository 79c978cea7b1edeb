import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer as createApi, request as plainRequest, type IncomingMessage } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger, createServer, type InlineConfig, type ViteDevServer } from 'vite'
import { WebSocket } from 'ws'
import { freshFolder } from '../testing/own-process.ts'
import { localCertificate } from './local-certificate.ts'
import { strongroom, type StrongroomPluginOptions } from './vite-plugin.ts'

const ownProvider = {
  issuer: 'http://127.0.0.1:9',
  clientId: 'app',
  clientSecret: 'the-secret-of-the-client',
}

/** An app of two files in a Vite that listens, with Strongroom inside. */
async function vite(
  options: StrongroomPluginOptions = {},
  server: InlineConfig['server'] = {},
  root = freshFolder(),
) {
  writeFileSync(join(root, 'index.html'), '<script type="module" src="/main.js"></script>')
  writeFileSync(join(root, 'main.js'), 'document.body.append("The app")')
  const said: string[] = []
  const logger = createLogger('info')
  for (const level of ['info', 'warn', 'error'] as const)
    logger[level] = (line) => void said.push(line)
  const running = await createServer({
    root,
    configFile: false,
    customLogger: logger,
    cacheDir: '.vite',
    server: { port: 0, host: '127.0.0.1', ...server },
    plugins: [
      strongroom({ provider: ownProvider, api: 'http://127.0.0.1:9', telemetry, ...options }),
    ],
  })
  await running.listen()
  onTestFinished(() => running.close())
  return { root, said, running, port: portOf(running) }
}

const telemetry = { record: () => {} }

function portOf({ httpServer }: ViteDevServer): number {
  const address = httpServer?.address() as AddressInfo
  return address.port
}

/** Over node:http, since `fetch` says of itself where a request is from. */
async function send(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  { method = 'GET', tls = false } = {},
) {
  const request = tls ? tlsRequest : plainRequest
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { Host: `localhost:${port}`, ...headers },
    agent: false,
    rejectUnauthorized: false,
  }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}

const csrf = { 'X-CSRF': '1' }

test('Vite serves the app, and Strongroom what is its own, on one port', async () => {
  const { port, said } = await vite()

  const page = await send(port, '/some/page', { Accept: 'text/html' })
  const module = await send(port, '/main.js')
  const session = await send(port, '/auth/session', csrf)
  const call = await send(port, '/api/notes', csrf)

  expect(page.text).toContain('/@vite/client')
  expect(page.headers['content-security-policy']).toContain("script-src 'self' 'unsafe-inline'")
  expect(module.text).toContain('The app')
  expect(session).toMatchObject({ status: 200, text: '{"authenticated":false}' })
  expect(call.status).toBe(401)
  expect(session.headers['content-security-policy']).toContain("script-src 'self';")
  expect(said.join('\n')).toContain('[strongroom] /api goes to http://127.0.0.1:9')
})

test('hot reload’s WebSocket is Vite’s, and one of the API goes through Strongroom’s guards', async () => {
  const { port, running } = await vite()
  const headers = { Host: `localhost:${port}` }
  const { webSocketToken } = running.config

  const reload = new WebSocket(`ws://127.0.0.1:${port}/?token=${webSocketToken}`, 'vite-hmr', {
    headers,
  })
  const [said] = await once(reload, 'message')
  const foreign = new WebSocket(`ws://127.0.0.1:${port}/api/live`, {
    headers: { ...headers, Origin: 'https://attacker.example' },
  })
  const [, refusal] = await once(foreign, 'unexpected-response')
  refusal.resume()
  reload.terminate()
  foreign.on('error', () => {}).terminate()

  expect(JSON.parse(String(said))).toEqual({ type: 'connected' })
  expect(refusal.statusCode).toBe(403)
})

test('a page of another port of this machine, which Vite lets read its modules, reads nothing of a user', async () => {
  const { port } = await vite()
  const neighbour = { ...csrf, Origin: 'http://localhost:1234', 'Sec-Fetch-Site': 'same-site' }

  const module = await send(port, '/main.js', neighbour)
  const session = await send(port, '/auth/session', neighbour)

  expect(module.headers['access-control-allow-origin']).toBe('http://localhost:1234')
  expect(session.status).toBe(403)
  expect(session.headers['access-control-allow-origin']).toBeUndefined()
})

test('what Strongroom keeps in the project’s folder is served to nobody, and so are Vite’s own secrets', async () => {
  const root = freshFolder()
  mkdirSync(join(root, '.strongroom'))
  writeFileSync(join(root, '.strongroom/kept.txt'), 'a secret')
  writeFileSync(join(root, '.env'), 'OF_THE_APP=a secret')
  writeFileSync(join(root, 'strongroom.config.mjs'), 'export default {} // a secret')
  const { port } = await vite({}, {}, root)
  const names = [
    '.strongroom/kept.txt',
    '.strongroom/.env.development',
    '.env',
    'strongroom.config.mjs',
  ]
  const paths = names.flatMap((name) => [
    `/${name}`,
    `/${name}?raw`,
    `/@fs${root}/${name}?import&raw`,
  ])

  for (const path of paths) {
    const { status, text } = await send(port, path)
    expect(status, path).toBe(403)
    expect(text, path).not.toMatch(/a secret|SESSION_SECRET=/)
  }
})

test('what the browser sends comes to the API as behind the server of production', async () => {
  const api = createApi((incoming, outgoing) => outgoing.end(incoming.headers['x-forwarded-host']))
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  onTestFinished(() => void api.close())
  const target = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  const { port } = await vite({ upstreams: [{ prefix: '/open', target, token: 'none' }] })

  const { status, text } = await send(port, '/open/x', csrf)

  expect({ status, text }).toEqual({ status: 200, text: `localhost:${port}` })
})

test('over TLS it is the same, and no browser is told to keep the loopback to it', async () => {
  const { cert, key } = await localCertificate(freshFolder())
  const { port } = await vite({}, { https: { cert, key } })

  const session = await send(port, '/auth/session', csrf, { tls: true })
  const login = await send(port, '/auth/login', {}, { tls: true })

  expect(session).toMatchObject({ status: 200, text: '{"authenticated":false}' })
  // The provider is not there.
  expect(login.status).toBe(503)
  expect(session.headers['strict-transport-security']).toBeUndefined()
})

test('wrong options are told in Vite’s own log and page, with the cure', async () => {
  const { port, said } = await vite({ api: 'nonsense' })

  await expect.poll(() => said.join('\n')).toContain('API_UPSTREAM')
  const page = await send(port, '/', { Accept: 'text/html' })

  expect(page.status).toBe(500)
  expect(page.text).toContain('API_UPSTREAM')
})

test('when Vite starts anew, so does it', async () => {
  const { port, running } = await vite()

  await running.restart()
  const session = await send(port, '/auth/session', csrf)

  expect(session.status).toBe(200)
})

test('in a build it does nothing', () => {
  expect(strongroom().apply).toBe('serve')
})
