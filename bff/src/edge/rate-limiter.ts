import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock } from '../base/clock.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { sharedCounts } from './shared-counts.ts'

/** Counts what each network does, a minute at a time, on all instances together. */
export interface RateLimiter {
  /** Counts one, unless it is one too many. @param times  how many times the limit may be reached */
  count(key: string, times?: number): Promise<Verdict>
  /** The same without counting. */
  look(key: string, times?: number): Promise<Verdict>
}

export interface Verdict {
  /** How long to stay away; null when it may go on. */
  readonly retryAfterSeconds: number | null
  /** Whether this is the first that is one too many. */
  readonly isFirst: boolean
}

const minuteSeconds = 60

/**
 * A network that is over the limit is remembered in the process, so a flood costs no question to the store. While the store
 * can't be reached, each instance counts for itself.
 */
export function rateLimiter(keyValue: KeyValue, perMinute: number, clock: Clock): RateLimiter {
  const everywhere = sharedCounts(keyValue, clock)
  const here = new RateLimiterMemory({ points: perMinute, duration: minuteSeconds, keyPrefix: '' })

  async function remembered(key: string, most: number): Promise<Verdict | null> {
    const known = await here.get(key)
    return known !== null && known.consumedPoints > most ? over(known.msBeforeNext) : null
  }

  return {
    async count(key, times = 1) {
      const most = perMinute * times
      const known = await remembered(key, most)
      if (known) return known
      const shared = await everywhere.addOne(key, minuteSeconds * 1000).catch(() => null)
      const { consumedPoints, msBeforeNext } =
        shared === null
          ? await here.penalty(key)
          : { consumedPoints: shared.count, msBeforeNext: shared.endsAt - clock.milliseconds() }
      if (consumedPoints <= most) return mayGoOn
      if (shared !== null) await here.set(key, most + 1, msBeforeNext / 1000)
      return { ...over(msBeforeNext), isFirst: consumedPoints === most + 1 }
    },
    async look(key, times = 1) {
      const most = perMinute * times
      const known = await remembered(key, most)
      if (known) return known
      const shared = await everywhere.read(key).catch(() => null)
      const isOver = shared !== null && shared.count > most
      return isOver ? over(shared.endsAt - clock.milliseconds()) : mayGoOn
    },
  }
}

const mayGoOn: Verdict = { retryAfterSeconds: null, isFirst: false }

function over(milliseconds: number): Verdict {
  return { retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)), isFirst: false }
}
