import { describeCause } from '../base/describe-cause.ts'
import type { Event } from './events.ts'
import type { Telemetry } from './telemetry.ts'

/**
 * The same telemetry, and beside it a function of the app's own. It is called once what is at hand is done, so that a slow one delays
 * nobody's answer and a failing one is no failure of ours; it is not told of its own failures, or one would lead to the next.
 */
export function withHook(telemetry: Telemetry, hook: (event: Event) => unknown): Telemetry {
  return {
    ...telemetry,
    record(event) {
      telemetry.record(event)
      setImmediate(() => void tell(event))
    },
  }

  async function tell(event: Event): Promise<void> {
    try {
      await hook(event)
    } catch (error) {
      telemetry.record({
        name: 'event-hook-failed',
        event: event.name,
        detail: describeCause(error),
      })
    }
  }
}
