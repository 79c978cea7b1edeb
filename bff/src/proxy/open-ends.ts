import type { Measurement } from '../observability/measurements.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Over, Watch } from './upstream-call.ts'

/** Event streams and WebSockets that are open. A server that stops would wait for them for ever. */
export interface OpenEnds {
  /** Ends what is open when its session is over, or when all is. */
  watch(session: (over: () => void) => () => void, kind?: StreamKind): Watch
  /** Ends everything, what opens from now on included. Resolves when nothing is open any more. */
  endAll(): Promise<void>
}

type StreamKind = Extract<Measurement, { name: 'streams-open' }>['kind']

export function openEnds({ measure }: Pick<Telemetry, 'measure'>): OpenEnds {
  const counts = { 'session-events': 0, upstream: 0 }
  const open = new Set<(why: Over) => void>()
  let emptied: (() => void) | null = null
  let stopping = false

  function count(kind: StreamKind, more: 1 | -1): void {
    counts[kind] += more
    measure?.({ name: 'streams-open', kind, count: counts[kind] })
  }

  return {
    watch:
      (session, kind = 'upstream') =>
      (over) => {
        open.add(over)
        count(kind, 1)
        const unwatch = session(() => over('session-over'))
        // Not at once: whoever opens it has yet to learn how to stop watching.
        if (stopping) queueMicrotask(() => over('server-stops'))
        return () => {
          unwatch()
          if (open.delete(over)) count(kind, -1)
          if (open.size === 0) emptied?.()
        }
      },
    endAll() {
      stopping = true
      if (open.size === 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      emptied = resolve
      for (const over of open) over('server-stops')
      return promise
    },
  }
}
