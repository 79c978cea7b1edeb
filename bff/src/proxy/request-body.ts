import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { PlainError } from '../base/plain-error.ts'
import { giveAway, isReadBy } from './given-back.ts'

/** More came than the upstream's row allows. */
export class BodyTooLarge extends PlainError {
  override readonly name = 'BodyTooLarge'
}

/**
 * The body of the browser's request as a stream of its own: when the call to the upstream is given up in the middle, this
 * is destroyed in its place, so that the browser's connection lives on and gets its answer.
 *
 * @param moved  called with every piece that goes up
 * @param before  what of it has been read already
 */
export function requestBody(
  incoming: IncomingMessage,
  maxBytes: number,
  moved: () => void,
  before: readonly Buffer[] = [],
): Readable {
  let bytes = 0
  // Looked at before, too: one that listens for a single piece is no listener any more when it gets it.
  const isOurs = isReadBy(incoming, 0)
  const body = new Readable({
    read: () => void incoming.resume(),
    destroy(error, done) {
      detach()
      // What still comes is read and thrown away: a browser that may not finish sending would not read the answer.
      incoming.resume()
      done(error)
    },
  })
  // Whoever sends it has heard of it, or has given the call up before.
  body.on('error', () => {})

  function take(chunk: Buffer): void {
    moved()
    bytes += chunk.byteLength
    if (bytes > maxBytes) return void body.destroy(new BodyTooLarge())
    if (!body.push(chunk)) incoming.pause()
  }
  function takeNew(chunk: Buffer): void {
    // Whoever reads it too may want to keep it.
    if (isOurs && isReadBy(incoming, 1)) giveAway(chunk)
    take(chunk)
  }
  function end(): void {
    body.push(null)
  }
  function broken(): void {
    if (!incoming.complete) body.destroy(new PlainError('the request broke off'))
  }
  function detach(): void {
    incoming.off('data', takeNew).off('end', end).off('close', broken)
  }
  for (const chunk of before) take(chunk)
  if (incoming.readableEnded) end()
  else incoming.on('data', takeNew).once('end', end).once('close', broken)
  incoming.pause()
  return body
}
