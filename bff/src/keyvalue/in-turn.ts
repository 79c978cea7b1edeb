import { setTimeout as pause } from 'node:timers/promises'
import { takeLease } from './lease.ts'
import type { KeyValue } from './store.ts'

export interface TurnOptions {
  /** How often it looks, 40 ms apart. @default 300: longer in all than a lease lasts whose holder has died */
  readonly mostLooks?: number
  /** @default that of a lease */
  readonly leaseSeconds?: number
  /** Whether all go on by themselves while the store can't be asked: where it does no harm if two do the same. */
  readonly evenWithoutStore?: boolean
}

/** How long one whose turn it is not waits before it looks again. */
const lookAgainMilliseconds = 40

/**
 * One at a time among all instances: looks until there is something to find, or until it is our turn to make it.
 *
 * @param look  told whether it is our turn; null to look again
 * @returns null when others were at it all the time
 */
export async function inTurn<T>(
  keyValue: KeyValue,
  name: string,
  look: (isOurs: boolean) => Promise<T | null>,
  { evenWithoutStore = false, leaseSeconds, mostLooks = 300 }: TurnOptions = {},
): Promise<T | null> {
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const taking = takeLease(keyValue, name, leaseSeconds)
    const lease = await (evenWithoutStore ? taking.catch(() => noLease) : taking)
    try {
      const found = await look(lease !== null)
      if (found !== null) return found
    } finally {
      // It runs out by itself if it can't be given back.
      await lease?.release().catch(() => {})
    }
    if (lease === null) await pause(lookAgainMilliseconds)
  }
  return null
}

const noLease = { release: async () => {} }
