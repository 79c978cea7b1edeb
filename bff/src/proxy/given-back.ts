import { channel } from 'node:diagnostics_channel'
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Gives the memory of large pieces of a body back as soon as they have gone on, in place of leaving them to the collector: V8 waits
 * until there are 64 MB of them, and then walks through all else that lives to find that nobody holds them. See
 * `docs/decisions/047-large-pieces-are-given-back-by-hand.md`.
 */

/** From which size on it pays. */
const largeBytes = 16_384

type Flushed = (error?: Error | null) => void

/** Whoever listens there is handed the pieces, and may keep them. */
const watchers = [
  channel('undici:request:bodyChunkSent'),
  channel('undici:request:bodyChunkReceived'),
]

/**
 * What to call when Node says that it is done with the piece; nothing for one that is left to the collector: it is small, its memory
 * holds something else too, or somebody is shown it.
 *
 * @param piece  which nobody else will read any more
 */
export function givingBack({ buffer, byteLength }: Buffer): Flushed | undefined {
  if (byteLength < largeBytes || byteLength < buffer.byteLength) return undefined
  if (!(buffer instanceof ArrayBuffer) || watchers.some((one) => one.hasSubscribers))
    return undefined
  return (error) => {
    if (!error && !buffer.detached) buffer.transfer(0)
  }
}

/** Whether what is written goes to Node itself, not to something that was put around it and may keep it. */
export function writesToNode(outgoing: ServerResponse): boolean {
  return outgoing.write === ServerResponse.prototype.write
}

const readingMethods = ['on', 'emit', 'push', 'read'] as const

/**
 * Whether nobody reads a request but those that are counted.
 *
 * @param listeners  to its pieces, that are known
 */
export function isReadBy(incoming: IncomingMessage, listeners: number): boolean {
  return (
    incoming.listenerCount('data') === listeners &&
    incoming.listenerCount('readable') === 0 &&
    !readingMethods.some((name) => Object.hasOwn(incoming, name))
  )
}

const givenAway = new WeakSet()

/** Marks a piece that nobody else will read any more, so that a socket of {@link givesBack} may give it back. */
export function giveAway(piece: Buffer): void {
  givenAway.add(piece)
}

/** Has a socket give back what was given away, once it is written. */
export function givesBack(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean
  socket.write = (piece: unknown, ...rest: unknown[]) =>
    rest.length === 0 && Buffer.isBuffer(piece) && givenAway.has(piece)
      ? write(piece, givingBack(piece))
      : write(piece, ...rest)
  return socket
}
