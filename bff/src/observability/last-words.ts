import { describeCause, framesOf } from '../base/describe-cause.ts'
import type { Telemetry } from './telemetry.ts'

/**
 * Has the process end on an error that nobody caught with a line in the log. Left to itself Node prints the error with all
 * that hangs on it: the provider's answer, a URL with its password.
 */
export function lastWords(telemetry: Telemetry): void {
  process.once('uncaughtException', (error) => {
    telemetry.record({
      name: 'unexpected-error',
      detail: describeCause(error),
      stack: error instanceof Error ? framesOf(error) : '',
      requestId: '',
    })
    process.exit(1)
  })
}
