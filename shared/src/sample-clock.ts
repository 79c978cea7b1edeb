import type { CallStep } from './client.ts'
import { routes } from './routes.ts'
import type { ServerClock } from './server-clock.ts'

/** An answer that took longer tells little of what time it is. */
const quickMilliseconds = 1_000

/** Reads the server's time off its answers about the session. */
export function sampleClock(clock: ServerClock): CallStep {
  return async function sampleClock(call, next) {
    const sentAt = Date.now()
    const response = await next(call)
    const wasQuick = Date.now() - sentAt < quickMilliseconds
    if (call.path === routes.session && wasQuick) clock.sample(response.headers.get('Date'))
    return response
  }
}
