import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { listen, type ListenOptions } from './listen.ts'
import type { BffOptions } from './options/options.ts'
import {
  baseOptions,
  publicUrl,
  signedInTestBff,
  testBff,
  type TestBff,
} from './testing/test-bff.ts'

async function listening({ bff }: TestBff, options: ListenOptions = {}) {
  const listener = listen(bff, { port: 0, ...options })
  onTestFinished(() => listener.close({ graceSeconds: 0 }))
  await once(listener.server, 'listening')
  const { port } = listener.server.address() as AddressInfo
  return { ...listener, port, origin: `http://127.0.0.1:${port}` }
}

/** An app of somebody's own, with a page before and a page behind. */
function ownApp({ bff }: TestBff) {
  return new Hono()
    .get('/auth/ours', (c) => c.text('before'))
    .use(bff.middleware)
    .get('/', (c) => c.text('home'))
    .post('/upload', async (c) => c.text(String((await c.req.text()).length)))
    .get('/broken', () => {
      throw new Error('of the app')
    })
    .onError((_, c) => c.text('told by the app', 500))
    .notFound((c) => c.text('not here', 404))
}

async function mounted(options: Partial<BffOptions> = {}) {
  const world = await signedInTestBff(options)
  const app = ownApp(world)
  const get = (path: string, init: RequestInit = {}) => app.request(`${publicUrl}${path}`, init)
  return { world, app, get }
}

const script = { headers: { 'X-CSRF': '1' } }

test('what is Strongroom’s is answered as without the app around it', async () => {
  const { world, get } = await mounted()
  const alone = (path: string, init: RequestInit) =>
    world.bff.app.request(`${publicUrl}${path}`, init)

  for (const path of ['/auth/session', '/auth/none', '/api/notes', '/healthz', '/api']) {
    const [ours, theirs] = [await get(path, script), await alone(path, script)]
    expect(ours.status, path).toBe(theirs.status)
    expect([...ours.headers.keys()], path).toEqual([...theirs.headers.keys()])
  }
  expect(await (await get('/auth/none', script)).json()).toMatchObject({ code: 'not_found' })
  expect((await get('/auth/session', { method: 'PUT', ...script })).status).toBe(405)
})

test('what is not is the app’s, with no guard before it and no header on it', async () => {
  const { get } = await mounted()

  const home = await get('/')
  const upload = await get('/upload', { method: 'POST', body: 'x'.repeat(100_000) })

  expect(await home.text()).toBe('home')
  expect([...home.headers.keys()]).toEqual(['content-type'])
  expect(await upload.text()).toBe('100000')
  expect(await (await get('/auth/ours')).text()).toBe('before')
  expect(await (await get('/broken')).text()).toBe('told by the app')
  expect(await (await get('/none')).text()).toBe('not here')
})

test('the keys of the client are Strongroom’s, wherever they are served', async () => {
  const { get } = await mounted({
    provider: { ...baseOptions.provider, clientJwksPath: '/.well-known/jwks.json' },
  })

  expect(await (await get('/.well-known/jwks.json')).json()).toEqual({ keys: [] })
})

test('a browser that comes back from a sign-out at the provider is Strongroom’s', async () => {
  const { get } = await mounted()

  expect((await get('/?state=signed-out.forged')).status).toBe(303)
  expect(await (await get('/?state=of-the-app')).text()).toBe('home')
})

test('without the middleware the app would have to answer it', async () => {
  const response = await new Hono().request('/auth/session', script)

  expect(response.status).toBe(404)
})

test('a path that is written another way is no way around the guards', async () => {
  const { get } = await mounted()

  for (const path of ['/%61pi/notes', '/api%2fnotes', '/x/../api/notes', '//api/notes']) {
    const answer = await get(path)
    expect([401, 403, 404], path).toContain(answer.status)
  }
})

test('it listens for an app of one’s own, with heads as large as a session’s cookies', async () => {
  const world = await testBff()
  const { origin } = await listening(world, { app: ownApp(world) })

  const home = await fetch(`${origin}/`, { headers: { 'X-Large': 'x'.repeat(20_000) } })

  expect(await home.text()).toBe('home')
  expect(await (await fetch(`${origin}/auth/session`, script)).json()).toEqual({
    authenticated: false,
  })
})

test('a WebSocket passes through an app of one’s own, and is ended when it closes', async () => {
  const api = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => api.close())
  await once(api, 'listening')
  const target = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  const upstreams = [{ prefix: '/api', target, token: 'none' }] as const
  const world = await testBff({ upstreams, fetch })
  const { origin, close } = await listening(world, { app: ownApp(world) })
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`, {
    headers: { Origin: publicUrl },
  })
  await once(socket, 'open')

  const closed = once(socket, 'close')
  await close()

  expect((await closed)[0]).toBe(1001)
})

test('closing lets a call that is under way come to its end, and takes no new one', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>()
  const world = await testBff()
  const app = new Hono().get('/slow', async (c) => {
    await finish
    return c.text('whole')
  })
  const { port, origin, close } = await listening(world, { app })
  const call = request({ port, path: '/slow' }).end()
  const answered = once(call, 'response')
  await expect.poll(() => call.writableFinished).toBe(true)

  const closed = close()
  resolve()

  expect((await answered)[0].statusCode).toBe(200)
  await closed
  await expect(fetch(origin)).rejects.toThrow('fetch failed')
})

test('what is under way after the grace is broken off', async () => {
  const world = await testBff()
  const { port, close } = await listening(world, {
    app: new Hono().get('/never', () => new Promise<Response>(() => {})),
  })
  const call = request({ port, path: '/never' }).end()
  const broken = once(call, 'error')
  await expect.poll(() => call.writableFinished).toBe(true)

  await close({ graceSeconds: 0.05 })

  expect(await broken).toMatchObject([{ code: 'ECONNRESET' }])
})

test('once it is closed nothing of it goes on in the process that it was mounted in', async () => {
  const listener = listen((await signedInTestBff()).bff, { port: 0 })
  await once(listener.server, 'listening')
  const sweep = vi.spyOn(listener.server, 'closeIdleConnections')

  await listener.close()
  // Longer than what it waits before it sweeps.
  await new Promise((resolve) => setTimeout(resolve, 1500))

  expect(sweep).not.toHaveBeenCalled()
})
