import type { Answer } from './answer.ts'
import type { StoreKind } from './race-store.ts'
import type { RaceWorld } from './race-world.ts'

export interface RaceCase {
  readonly name: string
  readonly instances: number
  /** Processes of each instance. @default 1 */
  readonly workers?: number
  readonly store: StoreKind
  /** How long an instance that is told to stop serves on. @default 0 */
  readonly shutdownDelaySeconds?: number
  /** What must be so, for people to read. */
  readonly holds: string
  /** Whether the short form has it. */
  readonly quick: boolean
  /** Whether the world is of no use to others afterwards. */
  readonly breaksWorld?: boolean
  run(world: RaceWorld): Promise<Outcome>
}

export interface Outcome {
  readonly answers: readonly Answer[]
  readonly tokenRequests: TokenRequests
  /** null where the session was ended on purpose. */
  readonly alive: boolean | null
  /** What did not hold, one sentence each. */
  readonly misses: readonly string[]
  /** A figure that is worth a look. */
  readonly note?: string
  /** Groups of the answers that are measured one beside the other. */
  readonly groups?: readonly { readonly name: string; readonly answers: readonly Answer[] }[]
}

/** Refreshes that reached the provider, by what it said to them. */
export interface TokenRequests {
  readonly granted: number
  readonly refused: number
}

export interface Checklist {
  readonly misses: readonly string[]
  that(isSo: boolean, otherwise: string): void
}

/** The same case where each instance is several processes on one port. */
export function withWorkers(workers: number, one: RaceCase): RaceCase {
  return { ...one, workers }
}

/** For people to read. */
export function placeOf({ instances, store, workers = 1 }: RaceCase): string {
  return workers > 1 ? `${instances} × ${workers} workers, ${store}` : `${instances} × ${store}`
}

export function checklist(): Checklist {
  const misses: string[] = []
  return {
    misses,
    that(isSo, otherwise) {
      if (!isSo) misses.push(otherwise)
    },
  }
}
