import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { head } from '../testing/raw-http.ts'
import { publicUrl } from '../testing/test-bff.ts'

const leavers = 3000
const atOnce = 60

/** The same numbers from 0 to 1 at each run. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Draw = () => number

/** Leaves in one of the ways in which a connection ends. */
function leave(socket: Duplex | Socket, draw: Draw): void {
  const way = draw()
  if (way < 0.4 && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  else if (way < 0.7) socket.destroy()
  else socket.end()
}

/** Now, in a moment, or in a few milliseconds. */
function atRandomMoment(draw: Draw, what: () => void): void {
  const moment = draw()
  if (moment < 0.2) what()
  else if (moment < 0.4) setImmediate(what)
  else setTimeout(what, draw() * 12)
}

/** An API that streams down, reads up, keeps events and WebSockets open, and under `/v1/gone` leaves itself. */
function restlessApi(draw: Draw) {
  const api = createServer((request, response) => {
    request.on('error', () => {}).resume()
    response.on('error', () => {})
    if (request.url === '/v1/whole') return void response.end('whole')
    if (request.url === '/v1/gone') return goAway(request, response)
    if (request.url === '/v1/up') return
    const type = request.url === '/v1/events' ? 'text/event-stream' : 'text/plain'
    response.writeHead(200, { 'Content-Type': type })
    if (request.url === '/v1/down') response.write('x'.repeat(300_000))
    else response.write('data: 1\n\n')
  })
  function goAway({ socket }: IncomingMessage, response: ServerResponse): void {
    const stage = draw()
    if (stage > 0.3) response.writeHead(200, stage > 0.6 ? { 'Content-Length': 500_000 } : {})
    if (stage > 0.4) response.write('x'.repeat(Math.ceil(draw() * 200_000)))
    atRandomMoment(draw, () => leave(socket, draw))
  }
  api.on('upgrade', (_, socket) => {
    socket.on('error', () => {}).on('end', () => socket.end())
    socket
      .resume()
      .write(head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'))
    if (draw() < 0.3) atRandomMoment(draw, () => leave(socket, draw))
  })
  return api
}

const kinds = ['down', 'up', 'events', 'live', 'gone', 'gone'] as const

test('thousands that leave in the middle, browsers and APIs, leave nothing behind and take nobody down', async () => {
  const draw = numbersFrom(20_260_101)
  const { port, headers, ask, openSockets, world } = await overSockets(restlessApi(draw))
  const common = ['Host: app.example.com', `Cookie: ${headers.Cookie}`, `Origin: ${publicUrl}`]
  const heads = {
    live: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    up: ['X-CSRF: 1', 'Transfer-Encoding: chunked'],
    down: ['X-CSRF: 1'],
    events: ['X-CSRF: 1'],
    gone: ['X-CSRF: 1'],
  }

  async function oneThatLeaves(): Promise<void> {
    const kind = kinds[Math.floor(draw() * kinds.length)] ?? 'down'
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    const closed = once(socket, 'close')
    const method = kind === 'up' ? 'POST' : 'GET'
    socket.write(head(`${method} /api/${kind} HTTP/1.1`, ...common, ...heads[kind]))
    if (kind === 'up') socket.write(`2000\r\n${'x'.repeat(8192)}\r\n`)
    if (draw() < 0.5) socket.resume()
    const go = () => atRandomMoment(draw, () => leave(socket, draw))
    if (draw() < 0.5) socket.once('readable', go)
    else go()
    // One that was told nothing, or only ended its own side, goes in the end all the same.
    const lastCall = setTimeout(() => socket.destroy(), 100)
    await closed
    clearTimeout(lastCall)
  }
  async function letLeave(count: number): Promise<void> {
    let left = count
    const oneAfterAnother = async () => {
      while (left-- > 0) await oneThatLeaves()
    }
    await Promise.all(Array.from({ length: atOnce }, oneAfterAnother))
  }

  await letLeave(leavers / 3)
  const heapBefore = heapInUse()
  await letLeave((leavers * 2) / 3)
  const after = await ask('/api/whole')
  await expect.poll(openSockets, { timeout: 8000 }).toBeLessThanOrEqual(1)
  await expect.poll(connectionsOfThisThread, { timeout: 8000 }).toBeLessThanOrEqual(2)
  const heapGrowth = heapInUse() - heapBefore

  expect(after).toMatchObject({ status: 200, body: 'whole' })
  expect(heapGrowth).toBeLessThan(8_000_000)
  expect(world.eventsNamed('unexpected-error')).toEqual([])
  expect(world.eventsNamed('client-left').length).toBeGreaterThan(100)
}, 60_000)

/** Both ends of everything that is open: browsers, BFF and API are all in here. */
function connectionsOfThisThread(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
