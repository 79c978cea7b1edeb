import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { requestBody } from './request-body.ts'

/** A small body of a request, remembered as it goes up, so that it can go up once more. */
export interface KeptBody {
  /** The body from its beginning, as {@link requestBody} gives it. Whoever had it before gets no more of it. */
  send(maxBytes: number, moved: () => void): Readable
  /** It was sent for the last time. */
  drop(): void
}

/** Forms and what they save are smaller, files are not. */
const mostKeptBytes = 65_536

/**
 * Begins to remember the body of a request. To be called before anybody reads it.
 *
 * @returns null for a request without a body, and for one that is larger than 64 KiB, or does not say how large it is
 */
export function keptBody(incoming: IncomingMessage | undefined): KeptBody | null {
  const announcedBytes = Number(incoming?.headers['content-length'] ?? 0)
  if (incoming === undefined || announcedBytes === 0 || announcedBytes > mostKeptBytes) return null
  const chunks: Buffer[] = []
  let sending: Readable | null = null
  const keep = (chunk: Buffer) => void chunks.push(chunk)
  incoming.on('data', keep)
  incoming.pause()
  return {
    send(maxBytes, moved) {
      sending?.destroy()
      sending = requestBody(incoming, maxBytes, moved, chunks)
      return sending
    },
    drop() {
      incoming.off('data', keep)
      chunks.length = 0
    },
  }
}
