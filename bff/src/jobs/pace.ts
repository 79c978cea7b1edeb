import { setTimeout as pause } from 'node:timers/promises'
import type { KeyValue } from '../keyvalue/store.ts'

/** So many a second, one after the other, whoever asks, on whatever instance. */
export interface Pace {
  /** Resolves when it is the caller's turn; rejects when it is aborted, or the store can't be reached. */
  turn(signal?: AbortSignal): Promise<void>
}

export interface PaceParts {
  readonly keyValue: KeyValue
  /** 0 for no limit. */
  readonly perSecond: number
  readonly milliseconds: () => number
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>
}

/** When the next one may go, as the instances' clocks tell it. */
const key = 'pace/token-requests'

export function createPace({
  keyValue,
  milliseconds,
  perSecond,
  wait = (span, signal) => pause(span, undefined, { signal }),
}: PaceParts): Pace {
  let last: Promise<unknown> = Promise.resolve()

  /** Takes the next place of all. @returns how long it is until then, in milliseconds */
  async function place(): Promise<number> {
    for (;;) {
      const before = await keyValue.get(key)
      const now = milliseconds()
      const at = Math.max(now, Number(before) || 0)
      const next = at + 1000 / perSecond
      const ttlSeconds = Math.ceil((next - now) / 1000) + 1
      // Whoever comes second looks again: one of them has got on.
      if (await keyValue.replace(key, before, String(next), ttlSeconds)) return at - now
    }
  }

  return {
    async turn(signal) {
      if (perSecond === 0) return
      // One after the other here, so that only instances are in each other's way.
      const placed = last.then(place)
      last = placed.catch(() => {})
      const span = await placed
      if (span > 0) await wait(span, signal)
    },
  }
}

/** For somebody who has waited for their first turn already. */
export function withFirstTurn(pace: Pace): Pace {
  let hasTurn = true
  return {
    async turn(signal) {
      if (!hasTurn) return pace.turn(signal)
      hasTurn = false
    },
  }
}
