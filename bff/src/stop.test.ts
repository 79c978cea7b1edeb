import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { browserAt, freshFolder, listeningProvider, startBff } from './testing/own-process.ts'

// A process of its own takes its time on a busy machine.
const patience = { timeout: 30_000 }
const headOfWebSocket = { Origin: 'http://localhost:3000' }

test.for([
  ['a process', []],
  ['three workers', ['--workers', '3']],
] as const)(
  'at SIGTERM %s ends event streams and WebSockets in order, and is gone well within the grace',
  patience,
  async ([, args]) => {
    const { bff, address, cookie } = await signedIn(args)
    const stream = await openStream(`${address}/api/events`, cookie)
    const streamEnded = once(stream, 'end')
    const socket = new WebSocket(`${address.replace('http', 'ws')}/api/live`, {
      headers: { ...headOfWebSocket, Cookie: cookie },
    })
    const socketClosed = once(socket, 'close')
    await once(socket, 'open')

    const toldAt = performance.now()
    bff.child.kill('SIGTERM')
    const [code, reason] = await socketClosed
    await streamEnded
    const [exitCode] = await bff.ended

    expect([code, String(reason)]).toEqual([1001, 'server stops'])
    expect(stream.complete).toBe(true)
    expect(exitCode).toBe(0)
    expect(performance.now() - toldAt).toBeLessThan(5000)
  },
)

test(
  'a call that is under way at SIGTERM is answered, and its kept connection keeps nobody waiting',
  patience,
  async () => {
    const { bff, address, cookie, release } = await signedIn([])
    const call = get(`${address}/api/slow`, cookie)
    await expect.poll(release.isAsked).toBe(true)

    bff.child.kill('SIGTERM')
    await expect.poll(() => bff.output()).toContain('"name":"stopping"')
    release.now()
    const answer = await call
    const answeredAt = performance.now()
    await bff.ended

    expect(answer.statusCode).toBe(200)
    expect(performance.now() - answeredAt).toBeLessThan(5000)
  },
)

test(
  'with a delay it serves on after SIGTERM, is not ready, and ends each kept connection with its answer',
  patience,
  async () => {
    const { bff, address, cookie } = await signedIn([], { SHUTDOWN_DELAY_SECONDS: '2' })
    const readyBefore = await get(`${address}/readyz`, cookie)

    bff.child.kill('SIGTERM')
    await expect.poll(() => bff.output()).toContain('"name":"stopping"')
    const readyAfter = await get(`${address}/readyz`, cookie)
    const call = await get(`${address}/api/notes`, cookie)
    const [exitCode] = await bff.ended

    expect(readyBefore.statusCode).toBe(200)
    expect(readyAfter.statusCode).toBe(503)
    expect(await text(readyAfter)).toMatch(/^stopping/)
    expect(call.statusCode).toBe(200)
    expect(call.headers.connection).toBe('close')
    expect(exitCode).toBe(0)
  },
)

test('Ctrl-C waits for no load balancer', patience, async () => {
  const { bff } = await signedIn(['--workers', '2'], { SHUTDOWN_DELAY_SECONDS: '600' })

  const toldAt = performance.now()
  // As a terminal does it: to all of them.
  for (const pid of [bff.child.pid, ...workerPids(bff.output())]) process.kill(pid ?? 0, 'SIGINT')
  const [exitCode] = await bff.ended

  expect(exitCode).toBe(0)
  expect(performance.now() - toldAt).toBeLessThan(15_000)
})

test('a call that never ends is cut off when the grace is over', patience, async () => {
  const { bff, address, cookie, release } = await signedIn([], { SHUTDOWN_GRACE_SECONDS: '2' })
  const call = get(`${address}/api/slow`, cookie).catch(
    (error: NodeJS.ErrnoException) => error.code,
  )
  await expect.poll(release.isAsked).toBe(true)

  const toldAt = performance.now()
  bff.child.kill('SIGTERM')
  const [exitCode] = await bff.ended

  expect(exitCode).toBe(0)
  expect(await call).toBe('ECONNRESET')
  expect(performance.now() - toldAt).toBeLessThan(8000)
})

function workerPids(output: string): number[] {
  return [...output.matchAll(/"worker":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid))
}

/** A process with somebody signed in, before an API that streams, speaks WebSocket, and takes its time. */
async function signedIn(args: readonly string[], env: Record<string, string> = {}) {
  const provider = await listeningProvider()
  let answerSlow: (() => void) | null = null
  const api = createServer((incoming, outgoing) => {
    if (incoming.url === '/events')
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: one\n\n')
    else if (incoming.url === '/slow') answerSlow = () => outgoing.end('at last')
    else outgoing.end('{}')
  }).listen(0, '127.0.0.1')
  const sockets = new WebSocketServer({ server: api })
  onTestFinished(() => {
    sockets.close()
    api.close()
    api.closeAllConnections()
  })
  await once(api, 'listening')
  const bff = startBff(
    {
      OIDC_ISSUER: provider.issuer,
      API_UPSTREAM: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      STORE_URL: `sqlite:${freshFolder()}/store.db`,
      LOG_LEVEL: 'info',
      ...env,
    },
    args,
  )
  const address = await bff.address
  const browser = browserAt(address)
  await browser.navigate('/auth/login?return_to=/notes')
  const cookie = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const release = { isAsked: () => answerSlow !== null, now: () => answerSlow?.() }
  return { bff, address, cookie, release }
}

async function openStream(url: string, cookie: string): Promise<IncomingMessage> {
  const stream = await get(url, cookie)
  await once(stream, 'data')
  return stream
}

async function get(url: string, cookie: string): Promise<IncomingMessage> {
  const headers = {
    Cookie: cookie,
    'X-CSRF': '1',
    Host: 'localhost:3000',
    Connection: 'keep-alive',
  }
  const sent = request(url, { headers }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return answer
}
