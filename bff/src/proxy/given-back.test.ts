import { createHash, randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import {
  connect,
  createServer as createSocketServer,
  type AddressInfo,
  type Server,
} from 'node:net'
import type { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { answerRelay } from './answer-relay.ts'
import { givesBack, givingBack } from './given-back.ts'
import { requestBody } from './request-body.ts'

const large = () => Buffer.from(new ArrayBuffer(65_536))

test('a large piece with memory of its own is given back when it has been flushed, and not before', () => {
  const piece = large()

  const flushed = givingBack(piece)
  const before = piece.byteLength
  flushed?.()

  expect([before, piece.byteLength]).toEqual([65_536, 0])
})

test('a piece that could not be flushed keeps its memory', () => {
  const piece = large()

  givingBack(piece)?.(new Error('the connection broke'))

  expect(piece.byteLength).toBe(65_536)
})

test.for([
  ['that is small', () => Buffer.from(new ArrayBuffer(4096))],
  ['that shares its memory with what comes behind it', () => large().subarray(0, 60_000)],
  ['that shares its memory with what came before it', () => large().subarray(300)],
  ['of Node’s pool', () => Buffer.from('x'.repeat(3000))],
] as const)('a piece %s is left to the collector', ([, piece]) => {
  expect(givingBack(piece())).toBeUndefined()
})

test('a body that was sent on is given back', async () => {
  const { pieces, bytes } = await sentOn(() => {})

  expect(total(pieces)).toBeLessThan(bytes / 10)
})

test.for([
  ['listens', (incoming) => void incoming.on('data', () => {})],
  ['looks at its first piece', (incoming) => void incoming.once('data', () => {})],
  ['reads it when it is readable', readingItself],
  ['has put something around its listeners', wrapped('on')],
  ['has put something around its events', wrapped('emit')],
  ['has put something around what comes in', wrapped('push')],
] as const satisfies readonly (readonly [string, Before])[])(
  'a body is left whole where somebody else %s',
  async ([, before]) => {
    const { pieces, bytes } = await sentOn(before)

    expect(total(pieces)).toBe(bytes)
  },
)

type Before = (incoming: IncomingMessage) => void

function readingItself(incoming: IncomingMessage): void {
  incoming.on('readable', () => {
    while (incoming.read() !== null);
  })
}

/** As those do it that watch over an app. */
function wrapped(name: 'emit' | 'on' | 'push'): Before {
  return (incoming) => {
    const own = incoming[name].bind(incoming) as (...given: unknown[]) => never
    Object.assign(incoming, { [name]: (...given: unknown[]) => own(...given) })
  }
}

test.for(['undici:request:bodyChunkSent', 'undici:request:bodyChunkReceived'])(
  'nothing is given back while somebody is shown the pieces (%s)',
  (name) => {
    const look = () => {}
    subscribe(name, look)
    onTestFinished(() => void unsubscribe(name, look))

    expect(givingBack(large())).toBeUndefined()
  },
)

test('what is told twice to be flushed is given back once', () => {
  const flushed = givingBack(large())
  flushed?.()

  expect(() => flushed?.()).not.toThrow()
})

test('an answer that something was put around is not given back', async () => {
  const kept: Buffer[] = []
  const server = createServer((_, outgoing) => {
    const write = outgoing.write.bind(outgoing) as (...given: unknown[]) => boolean
    outgoing.write = (piece: unknown, ...rest: unknown[]) => {
      kept.push(piece as Buffer)
      return write(piece, ...rest)
    }
    const relay = answerRelay(outgoing, { pause() {}, resume() {}, stop() {} }, 10)
    relay.begin(200, [], null)
    for (let pieces = 0; pieces < 10; pieces += 1) relay.take(large())
    relay.end()
  })
  await listening(server)

  const request = httpRequest({ port: portOf(server), host: '127.0.0.1' }).end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  await hashOf(answer)

  expect(total(kept)).toBe(10 * 65_536)
})

/** What is left, afterwards, of the pieces of a request's body that was sent on to a connection. */
async function sentOn(before: Before) {
  const bytes = 2_000_000
  const pieces: Buffer[] = []
  const sink = createSocketServer((socket) => void socket.resume())
  const server = createServer((incoming, outgoing) => {
    before(incoming)
    const socket = givesBack(connect(portOf(sink), '127.0.0.1'))
    onTestFinished(() => void socket.destroy())
    const body = requestBody(incoming, Number.POSITIVE_INFINITY, () => {})
    body.on('data', (piece: Buffer) => {
      pieces.push(piece)
      if (socket.write(piece)) return
      body.pause()
      socket.once('drain', () => body.resume())
    })
    body.once('end', () => socket.end(() => void outgoing.end()))
  })
  await Promise.all([listening(sink), listening(server)])

  const request = httpRequest({ port: portOf(server), host: '127.0.0.1', method: 'POST' })
  request.end(Buffer.alloc(bytes, 'x'))
  await once(request, 'response')
  return { pieces, bytes }
}

/** An API that says what it was sent, and sends what it is asked for; both in pieces of all sizes. */
async function echoing(answer: Buffer, isAnnounced: boolean) {
  const api = createServer((request, response) => {
    void hashOf(request).then((hash) => {
      response.setHeader('X-Hash', hash)
      if (isAnnounced) response.setHeader('Content-Length', answer.byteLength)
      return sendAll(response, answer)
    })
  })
  return overSockets(api)
}

test.for(['announced', 'chunked'] as const)(
  'bodies that are %s arrive as they were sent, both ways, many at once',
  { timeout: 60_000 },
  async (framing) => {
    const given = vi.spyOn(ArrayBuffer.prototype, 'transfer')
    const down = randomBytes(16_000_000)
    const up = randomBytes(16_000_000)
    const { open } = await echoing(down, framing === 'announced')

    const passed = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const length = framing === 'announced' ? { 'Content-Length': `${up.byteLength}` } : {}
        const request = open('/api/notes', { method: 'POST', headers: length })
        const answering = once(request, 'response') as Promise<[IncomingMessage]>
        await sendAll(request, up)
        const [answer] = await answering
        return { up: answer.headers['x-hash'], down: await hashOf(answer) }
      }),
    )

    const asSent = { up: sha256(up), down: sha256(down) }
    expect(passed).toEqual(Array.from({ length: 3 }, () => asSent))
    expect(given.mock.calls.length).toBeGreaterThan(100)
  },
)

/** Reads in fits and starts, so that pieces wait on their way, at first until nothing more goes into the connections. */
async function hashOf(body: IncomingMessage): Promise<string> {
  const hash = createHash('sha256')
  await pause(300)
  let pieces = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    hash.update(piece)
    pieces += 1
    if (pieces % 7 === 0) await pause(1)
  }
  return hash.digest('hex')
}

async function sendAll(to: Writable, body: Buffer): Promise<void> {
  for (let at = 0, size = 1; at < body.byteLength; at += size) {
    size = 1 + ((at * 7919) % 90_000)
    if (!to.write(body.subarray(at, at + size))) await once(to, 'drain')
  }
  to.end()
}

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex')

const total = (pieces: readonly Buffer[]) =>
  pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function listening(server: Server): Promise<void> {
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
