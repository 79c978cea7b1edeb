import type { KeyValue } from '../keyvalue/store.ts'
import { lateSeconds } from './plan.ts'

/**
 * Whether anybody was there to run a job when its time came. Whoever runs jobs says so in the store as long as they look what is
 * due; what nobody says for a minute is over by itself. So who waited in the queue is told from who was missed.
 */
export interface Lookout {
  /** Somebody is looking now. */
  keep(job: string): Promise<void>
  /** Since when somebody has been looking without a break, in whole seconds since the epoch. */
  since(job: string): Promise<number>
}

export interface LookoutParts {
  readonly keyValue: KeyValue
  readonly now: () => number
}

const renewEverySeconds = 10

export function createLookout({ keyValue, now }: LookoutParts): Lookout {
  const keptAt = new Map<string, number>()
  return {
    async keep(job) {
      const at = now()
      // Either way: a clock that was set back is no reason to say nothing until it is as late again.
      if (Math.abs(at - (keptAt.get(job) ?? 0)) < renewEverySeconds) return
      const key = keyOf(job)
      const since = await keyValue.get(key)
      // Where it has changed meanwhile another has done it.
      await keyValue.replace(key, since, since ?? String(at), lateSeconds)
      keptAt.set(job, at)
    },
    async since(job) {
      const since = await keyValue.get(keyOf(job))
      return since === null ? now() : Number(since)
    },
  }
}

function keyOf(job: string): string {
  return `job-lookout/${job}`
}
