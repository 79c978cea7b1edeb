import { EventEmitter, on } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { WebSocketServer } from 'ws'
import type { BearerVariables } from './bearer.ts'
import type { Note } from './notes.ts'

type LiveContext = Context<{ Variables: BearerVariables }>

/** Tells whoever listens what one person noted. */
export interface Announcer {
  announce(sub: string, note: Note): void
  /** A stream of events, one for each note from now on. */
  stream(c: LiveContext): Response
}

export function announcer(): Announcer {
  const announcements = new EventEmitter().setMaxListeners(0)
  return {
    announce: (sub, note) => void announcements.emit(sub, note),
    stream: (c) =>
      streamSSE(c, async (stream) => {
        const leaving = new AbortController()
        stream.onAbort(() => leaving.abort())
        const notes = on(announcements, c.get('claims').sub, { signal: leaving.signal })
        await stream.writeSSE({ event: 'listening', data: '' })
        try {
          for await (const [note] of notes as AsyncIterable<[Note]>)
            await stream.writeSSE({ id: note.id, data: note.text })
        } catch (error) {
          if (!leaving.signal.aborted) throw error
        }
      }),
  }
}

/** What an ordinary request for the WebSocket's address hears, once its token is good. */
export function upgradeRequired(c: Context): Response {
  return c.json({ error: 'upgrade_required', message: 'This address speaks WebSocket.' }, 426)
}

/**
 * Echoes over WebSockets whatever comes, wherever `api` answers 426: so each has to bring a token as any other call.
 *
 * @returns ends them all
 */
export function serveEcho(server: Server, api: Pick<Hono, 'fetch'>): () => void {
  const sockets = new WebSocketServer({ noServer: true })
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    void answerOf(request, api).then(({ status }) => {
      if (status !== 426) return refuse(socket, status)
      return sockets.handleUpgrade(request, socket, head, (open) =>
        sockets.emit('connection', open),
      )
    })
  })
  return () => {
    for (const socket of sockets.clients) socket.terminate()
  }
}

async function answerOf(request: IncomingMessage, api: Pick<Hono, 'fetch'>): Promise<Response> {
  const { authorization = '' } = request.headers
  const asked = new Request(new URL(request.url ?? '/', 'http://api'), {
    headers: { Authorization: authorization },
  })
  return api.fetch(asked)
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
