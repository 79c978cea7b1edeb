import type { ServerResponse } from 'node:http'
import { givingBack, writesToNode } from './given-back.ts'
import type { RawHeaders } from './headers.ts'
import type { Watch } from './upstream-call.ts'

/** How much of an answer waits here, before its head is sent, until the upstream has to wait too. */
const waitingBytes = 65_536

/** The other end: whoever brings the pieces. */
export interface Source {
  pause(): void
  resume(): void
  /** Nobody takes any more. */
  stop(): void
}

/**
 * Writes an upstream's answer to the browser as it comes, at the browser's pace. Pieces may come before the head is
 * decided on; a small answer that is all there by then goes out in one piece.
 */
export interface AnswerRelay {
  take(chunk: Buffer): void
  end(): void
  /** The upstream's answer broke off: the connection is cut, so that the browser does not take it for whole. */
  breakOff(): void
  /** @param watch  for an answer that stays open, such as a stream of events; null for one that comes to its end */
  begin(status: number, headers: RawHeaders, watch: Watch | null): void
}

/** @param idleSeconds  how long the browser may take nothing of what waits for it, before its connection is cut */
export function answerRelay(
  outgoing: ServerResponse,
  source: Source,
  idleSeconds: number,
): AnswerRelay {
  let waiting: Buffer[] = []
  let waits = 0
  let begun = false
  let ended = false
  let broken = false

  function write(chunk: Buffer): void {
    if (outgoing.destroyed || outgoing.writableEnded) return
    if (outgoing.write(chunk, writesToNode(outgoing) ? givingBack(chunk) : undefined)) return
    source.pause()
    limitStall()
  }

  function finish(last?: Buffer): void {
    // Node writes a head and a text behind it with one call, a head and bytes with two: that is a tenth of a small answer.
    if (last) outgoing.end(last.toString('latin1'), 'latin1')
    else outgoing.end()
    if (outgoing.writableLength > 0) limitStall()
  }

  /** Node tells a browser that takes little from one that takes nothing, and takes the limit away behind the answer. */
  function limitStall(): void {
    outgoing.setTimeout(idleSeconds * 1000)
  }

  /** A stream of events that just ends is opened anew by the browser, which then learns why. */
  function endWith(watch: Watch, isAnnounced: boolean): void {
    const unwatch = watch(() => {
      ended = true
      // One that falls short of the length it was announced with can't end in order.
      if (isAnnounced) outgoing.destroy()
      else finish()
      source.stop()
    })
    outgoing.once('close', unwatch)
  }

  return {
    take(chunk) {
      if (begun) return write(chunk)
      waiting.push(chunk)
      waits += chunk.byteLength
      if (waits > waitingBytes) source.pause()
    },

    end() {
      ended = true
      if (begun) finish()
    },

    breakOff() {
      if (ended) return
      broken = true
      if (begun) outgoing.destroy()
    },

    begin(status, headers, watch) {
      begun = true
      if (outgoing.destroyed) return source.stop()
      outgoing.writeHead(status, headers as string[])
      if (ended && !broken) {
        return finish(waiting.length === 1 ? waiting[0] : Buffer.concat(waiting))
      }
      // The head goes out at once: the first event of a stream may be long in coming.
      if (waiting.length === 0) outgoing.flushHeaders()
      for (const chunk of waiting) write(chunk)
      waiting = []
      if (broken) return void outgoing.destroy()
      if (watch) endWith(watch, headers.includes('content-length'))
      outgoing.on('drain', () => {
        outgoing.setTimeout(0)
        source.resume()
      })
      if (!outgoing.writableNeedDrain) source.resume()
    },
  }
}
