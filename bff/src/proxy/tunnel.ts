import type { Duplex } from 'node:stream'
import { closeFrame, frameWatch } from './websocket-frames.ts'

/** How long the frame under way may take to end before the connection is cut in the middle of it. */
const patienceMilliseconds = 1000

/** A WebSocket that is open between a browser and an upstream. */
export interface Tunnel {
  /** Ends it, with a close frame for the browser. */
  close(code: number, reason: string): void
}

/**
 * Pipes bytes both ways, each at the pace of who takes them. Frames are not read: pings, compression and
 * fragments are between the two ends.
 *
 * @param ended  called once, when it is over for whatever reason
 */
export function tunnel(browser: Duplex, upstream: Duplex, ended: () => void): Tunnel {
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
    setTimeout(end, patienceMilliseconds).unref()
  }

  function passDown(chunk: Buffer): void {
    down.see(chunk)
    if (!browser.write(chunk)) upstream.pause()
    sayGoodbye()
  }

  upstream.on('data', passDown)
  browser.on('drain', () => upstream.resume())
  browser.on('data', (chunk) => {
    if (closing === null && !upstream.write(chunk)) browser.pause()
  })
  upstream.on('drain', () => browser.resume())
  upstream.on('end', () => closing ?? browser.end())
  browser.on('end', () => upstream.end())
  for (const side of [browser, upstream]) side.on('error', end)
  browser.on('close', end)
  upstream.on('close', () => closing ?? end())

  return {
    close(code, reason) {
      if (over || closing !== null) return
      closing = closeFrame(code, reason)
      setTimeout(end, patienceMilliseconds).unref()
      sayGoodbye()
    },
  }
}
