import { randomUUID } from 'node:crypto'
import type { KeyValue } from './store.ts'

/** The right to do something alone, on one instance of many. */
export interface Lease {
  /** Whether it is still ours: an instance that slept may have lost it without noticing. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Renewed for as long as the work goes on, so its length says only how soon another takes over from one that has died:
 * before a call that waits for it gives up, and long after any pause of a living process.
 */
const leaseSeconds = 8
const renewalsOfLife = 4

/**
 * @param seconds  shorter where nothing but a little work is lost when a living process loses it
 * @returns null while somebody else has it
 */
export async function takeLease(
  keyValue: KeyValue,
  name: string,
  seconds = leaseSeconds,
): Promise<Lease | null> {
  const key = `lease/${name}`
  const token = randomUUID()
  if (!(await keyValue.replace(key, null, token, seconds))) return null
  const renewal = setInterval(
    () => {
      // A lease that can't be renewed runs out. What two have done then is settled by who publishes first.
      keyValue.replace(key, token, token, seconds).catch(() => {})
    },
    (seconds / renewalsOfLife) * 1000,
  ).unref()
  return {
    isHeld: async () => (await keyValue.get(key)) === token,
    async release() {
      clearInterval(renewal)
      await keyValue.replace(key, token, null, 0)
    },
  }
}
