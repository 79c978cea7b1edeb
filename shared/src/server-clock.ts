/** The server's clock, as far as the `Date` header of its answers tells. Until one came, the local clock. */
export interface ServerClock {
  /** Takes the `Date` header of an answer that has just arrived. */
  sample(dateHeader: string | null): void
  /** Seconds since the epoch, with fractions. */
  now(): number
}

/** No clock of its own: `localNow` gives milliseconds since the epoch. */
export function serverClock(localNow: () => number = () => Date.now()): ServerClock {
  let skewMilliseconds = 0

  return {
    sample(dateHeader) {
      const serverNow = Date.parse(dateHeader ?? '')
      if (Number.isNaN(serverNow)) return
      // The header has whole seconds, cut off: half a second is added, and what is within that coarseness
      // changes nothing, or every countdown would twitch at each answer.
      const sampled = serverNow + 500 - localNow()
      if (Math.abs(sampled - skewMilliseconds) > 1_500) skewMilliseconds = sampled
    },
    now: () => (localNow() + skewMilliseconds) / 1_000,
  }
}
