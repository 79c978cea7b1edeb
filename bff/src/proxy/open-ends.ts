import type { Over, Watch } from './upstream-call.ts'

/** Event streams and WebSockets that are open. A server that stops would wait for them for ever. */
export interface OpenEnds {
  /** Ends what is open when its session is over, or when all is. */
  watch(session: (over: () => void) => () => void): Watch
  /** Ends everything, what opens from now on included. Resolves when nothing is open any more. */
  endAll(): Promise<void>
}

export function openEnds(): OpenEnds {
  const open = new Set<(why: Over) => void>()
  let emptied: (() => void) | null = null
  let stopping = false

  return {
    watch: (session) => (over) => {
      open.add(over)
      const unwatch = session(() => over('session-over'))
      // Not at once: whoever opens it has yet to learn how to stop watching.
      if (stopping) queueMicrotask(() => over('server-stops'))
      return () => {
        unwatch()
        open.delete(over)
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
