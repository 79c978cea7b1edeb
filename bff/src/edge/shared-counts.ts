import type { Clock } from '../base/clock.ts'
import { editValue } from '../keyvalue/edit-value.ts'
import type { KeyValue } from '../keyvalue/store.ts'

export interface Count {
  readonly count: number
  /** In milliseconds since the epoch. */
  readonly endsAt: number
}

/** Counts that all instances add to, and that end by themselves. */
export interface SharedCounts {
  /** Adds one. Rejects when the store can't be reached, or other instances are always faster. */
  addOne(key: string, milliseconds: number): Promise<Count>
  read(key: string): Promise<Count | null>
}

/** How often an addition is tried while other instances add to the same count at the same moment. */
const mostTries = 8

export function sharedCounts(keyValue: KeyValue, clock: Clock): SharedCounts {
  const batches = new Map<string, Batch>()

  async function read(key: string): Promise<Count | null> {
    return parseCount(await keyValue.get(key), clock.milliseconds())
  }

  async function add(key: string, points: number, milliseconds: number): Promise<Count> {
    const added = await editValue(keyValue, key, mostTries, (current) => {
      const now = clock.milliseconds()
      const before = parseCount(current, now) ?? { count: 0, endsAt: now + milliseconds }
      const total = { ...before, count: before.count + points }
      const value = `${total.count}/${total.endsAt}`
      return { value, ttlSeconds: (total.endsAt - now) / 1000, total }
    })
    if (added === null) throw new Error('too many count at once')
    return added.total
  }

  /** Whoever comes while an addition is under way is added by the next, together with all who came meanwhile. */
  function batchFor(key: string, milliseconds: number): Batch {
    const open = batches.get(key)
    if (open && !open.left) return open
    const before = open?.total.catch(() => {})
    const batch: Batch = { points: 0, left: false, total: start() }
    async function start(): Promise<Count> {
      await before
      batch.left = true
      try {
        return await add(key, batch.points, milliseconds)
      } finally {
        if (batches.get(key) === batch) batches.delete(key)
      }
    }
    batches.set(key, batch)
    return batch
  }

  return {
    read,
    async addOne(key, milliseconds) {
      const batch = batchFor(key, milliseconds)
      batch.points += 1
      const place = batch.points
      const { count, endsAt } = await batch.total
      return { count: count - batch.points + place, endsAt }
    },
  }
}

interface Batch {
  points: number
  /** Whether it is on its way, so that nobody can join any more. */
  left: boolean
  readonly total: Promise<Count>
}

function parseCount(value: string | null, now: number): Count | null {
  const [count = 0, endsAt = 0] = (value ?? '').split('/').map(Number)
  return endsAt > now ? { count, endsAt } : null
}
