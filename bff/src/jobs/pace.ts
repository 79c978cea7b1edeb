import { setTimeout as pause } from 'node:timers/promises'

/** So many a second, one after the other, whoever asks. */
export interface Pace {
  /** Resolves when it is the caller's turn; rejects when it is aborted. */
  turn(signal?: AbortSignal): Promise<void>
}

/** @param perSecond  0 for no limit */
export function createPace(
  perSecond: number,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<unknown> = (milliseconds, signal) =>
    pause(milliseconds, undefined, { signal }),
  milliseconds: () => number = () => performance.now(),
): Pace {
  let nextAt = 0
  return {
    async turn(signal) {
      if (perSecond === 0) return
      const now = milliseconds()
      const at = Math.max(now, nextAt)
      nextAt = at + 1000 / perSecond
      if (at > now) await wait(at - now, signal)
    },
  }
}
