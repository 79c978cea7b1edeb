import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import RateLimiterStoreAbstract from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js'
import type { Clock } from '../base/clock.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { sharedCounts, type Count, type SharedCounts } from './shared-counts.ts'

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

/**
 * A network that is over the limit is remembered in the process, so a flood costs no question to the store. While the store
 * can't be reached, each instance counts for itself.
 */
export function rateLimiter(keyValue: KeyValue, perMinute: number, clock: Clock): RateLimiter {
  const counts = sharedCounts(keyValue, clock)
  const limiters = new Map<number, SharedLimiter>()

  function limiterOf(times: number): SharedLimiter {
    const known = limiters.get(times)
    if (known) return known
    const points = { points: perMinute * times, duration: 60, keyPrefix: '' }
    const made = new SharedLimiter(
      {
        ...points,
        storeClient: keyValue,
        inMemoryBlockOnConsumed: points.points + 1,
        insuranceLimiter: new RateLimiterMemory(points),
      },
      counts,
      clock,
    )
    limiters.set(times, made)
    return made
  }

  return {
    async count(key, times = 1) {
      try {
        await limiterOf(times).consume(key)
        return mayGoOn
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return verdict(refusal)
        throw refusal
      }
    },
    async look(key, times = 1) {
      const limiter = limiterOf(times)
      const remembered = limiter.getInMemoryBlockMsBeforeExpire(key)
      if (remembered > 0) return verdict(new RateLimiterRes(0, remembered))
      const counted = await limiter.get(key)
      if (counted === null || counted.consumedPoints <= perMinute * times) return mayGoOn
      return { ...verdict(counted), isFirst: false }
    },
  }
}

const mayGoOn: Verdict = { retryAfterSeconds: null, isFirst: false }

/** What is refused from memory comes without a count. */
function verdict({ msBeforeNext, consumedPoints }: RateLimiterRes): Verdict {
  return {
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    isFirst: consumedPoints > 0,
  }
}

/** A class, since the library asks for one: what it has to know of a store. */
class SharedLimiter extends RateLimiterStoreAbstract {
  readonly #counts: SharedCounts
  readonly #clock: Clock

  constructor(
    options: ConstructorParameters<typeof RateLimiterStoreAbstract>[0],
    counts: SharedCounts,
    clock: Clock,
  ) {
    super(options)
    this.#counts = counts
    this.#clock = clock
  }

  _upsert(key: string, _: number, milliseconds: number): Promise<Count> {
    return this.#counts.addOne(key, milliseconds)
  }

  _get(key: string): Promise<Count | null> {
    return this.#counts.read(key)
  }

  _getRateLimiterRes(_: string, changed: number, { count, endsAt }: Count): RateLimiterRes {
    const left = Math.max(this.points - count, 0)
    return new RateLimiterRes(left, endsAt - this.#clock.milliseconds(), count, count === changed)
  }
}
