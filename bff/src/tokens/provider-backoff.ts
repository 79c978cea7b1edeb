import type { Clock } from '../base/clock.ts'
import type { Breaker } from '../observability/measurements.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** Keeps us from asking a provider that is down over and over: to it we are one address for all users. */
export interface ProviderBackoff {
  /** Seconds until the next try makes sense; 0 for now. */
  waitSeconds(): number
  /** Whether the last that was asked of it failed. */
  isFailing(): boolean
  failed(retryAfterSeconds: number | null): void
  succeeded(): void
}

const longestSeconds = 30

/** A provider that asks for more has made a mistake, and nobody would come back for a day. */
const longestAskedSeconds = 600

/** Waits one second after the first failure, twice as long after each further one, or as long as the provider asked. */
export function providerBackoff(
  clock: Clock,
  breaker: Breaker,
  { measure }: Pick<Telemetry, 'measure'>,
): ProviderBackoff {
  let failures = 0
  let retryAt = 0
  /** How long that was when it was set. */
  let span = 0

  /** A clock that was set back would have us wait for as long. */
  function millisecondsLeft(): number {
    const left = retryAt - clock.milliseconds()
    return left > span ? 0 : Math.max(0, left)
  }

  return {
    waitSeconds: () => Math.ceil(millisecondsLeft() / 1000),
    isFailing: () => failures > 0,
    failed(retryAfterSeconds) {
      const now = clock.milliseconds()
      // Of many that fail together only the first tells something; but how long the provider asks to wait is always heard.
      const left = millisecondsLeft()
      if (retryAfterSeconds === null && left > 0) return
      const doubled = Math.min(longestSeconds, 2 ** failures)
      if (failures === 0) measure?.({ name: 'breaker-turned', breaker, open: true })
      failures += 1
      // Not all instances again at the same moment.
      const waitSeconds =
        retryAfterSeconds === null
          ? doubled * (0.75 + Math.random() / 2)
          : Math.min(retryAfterSeconds, longestAskedSeconds)
      // Whole, so that what is left of it is never more by a rounding.
      span = Math.max(left, Math.ceil(waitSeconds * 1000))
      retryAt = now + span
    },
    succeeded() {
      if (failures > 0) measure?.({ name: 'breaker-turned', breaker, open: false })
      failures = 0
      retryAt = 0
    },
  }
}
