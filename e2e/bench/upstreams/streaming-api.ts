import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** An API of large bodies and long streams: `GET /bytes/<n>`, `POST /bytes`, `GET /events`; `POST /burst` for the bench. */
const piece = Buffer.alloc(256 * 1024, 'strongroom ')
const streams = new Set<ServerResponse>()

const server = createServer((request, response) => {
  const [, room = '', count = ''] = (request.url ?? '').split(/[/?]/)
  if (room === 'burst') {
    for (const stream of streams) sendEvent(stream)
    return void response.end(String(streams.size))
  }
  if (!request.headers.authorization) return void response.writeHead(401).end()
  if (room === 'events') return openStream(response)
  if (room === 'bytes' && request.method === 'POST') return countBytes(request, response)
  if (room === 'bytes') return sendBytes(response, Number(count))
  response.writeHead(404).end()
})
server.requestTimeout = 0

const port = Number(process.env['PORT'])
server.listen(port, '127.0.0.1', 8192)

function sendBytes(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes })
  let left = bytes
  function send(): void {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece
      left -= next.length
      if (!response.write(next)) return void response.once('drain', send)
    }
    response.end()
  }
  send()
}

function countBytes(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => (bytes += chunk.length))
  request.on('end', () => response.end(String(bytes)))
  request.on('error', () => response.destroy())
}

/** An event a second, each stream at a moment of its own. */
function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  response.flushHeaders()
  let timer = setTimeout(tick, Math.random() * 1000)
  function tick(): void {
    sendEvent(response)
    timer = setTimeout(tick, 1000)
  }
  streams.add(response)
  response.on('close', () => {
    clearTimeout(timer)
    streams.delete(response)
  })
}

/** It says when it was sent, by the clock that all processes of the machine share. */
function sendEvent(response: ServerResponse): void {
  response.write(`data: ${performance.timeOrigin + performance.now()}\n\n`)
}
