import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { closeFrame, frameWatch } from './websocket-frames.ts'

/** How long an end may take to finish what is under way, and to go when the other has gone. */
const patienceMilliseconds = 1000

/** A connection; without one under it, as in a test, there is nothing that can stall. */
type End = Duplex & Partial<Pick<Socket, 'setTimeout'>>

/** A WebSocket that is open between a browser and an upstream. */
export interface Tunnel {
  /** Ends it, with a close frame for the browser. */
  close(code: number, reason: string): void
}

/**
 * Pipes bytes both ways, each at the pace of who takes them. Frames are not read: pings, compression and
 * fragments are between the two ends.
 *
 * @param idleSeconds  how long an end may take nothing of what waits for it. One for which nothing waits may be as quiet as it likes
 * @param ended  called once, when it is over for whatever reason
 */
export function tunnel(
  browser: End,
  upstream: End,
  idleSeconds: number,
  ended: () => void,
): Tunnel {
  const down = frameWatch()
  let closing: Buffer | null = null
  let over = false

  function end(): void {
    if (over) return
    over = true
    browser.destroy()
    upstream.destroy()
    ended()
  }

  /** Puts our close frame in as soon as no frame of the upstream's is under way. */
  function sayGoodbye(): void {
    if (closing === null || !down.atBoundary()) return
    upstream.off('data', passDown)
    browser.end(closing)
    upstream.destroy()
    endSoon()
  }

  function endSoon(): void {
    setTimeout(end, patienceMilliseconds).unref()
  }

  function passDown(chunk: Buffer): void {
    down.see(chunk)
    send(chunk, upstream, browser)
    sayGoodbye()
  }

  function send(chunk: Buffer, from: End, to: End): void {
    if (to.write(chunk)) return
    from.pause()
    to.setTimeout?.(idleSeconds * 1000)
  }
  function goOn(from: End, to: End): void {
    to.setTimeout?.(0)
    from.resume()
  }

  upstream.on('data', passDown)
  browser.on('drain', () => goOn(upstream, browser))
  browser.on('data', (chunk) => {
    if (closing === null) send(chunk, browser, upstream)
  })
  upstream.on('drain', () => goOn(browser, upstream))
  // What the upstream said last, its close frame at least, still goes to a browser that takes its time.
  upstream.on('end', () => closing ?? browser.end())
  browser.on('finish', endSoon)
  browser.on('end', () => {
    upstream.end()
    endSoon()
  })
  for (const side of [browser, upstream]) side.on('error', end).on('timeout', end)
  browser.on('close', end)
  upstream.on('close', () => closing ?? browser.end())

  return {
    close(code, reason) {
      if (over || closing !== null) return
      closing = closeFrame(code, reason)
      endSoon()
      sayGoodbye()
    },
  }
}
