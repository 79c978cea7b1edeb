import type { Clock } from '../base/clock.ts'
import type { Sealer } from '../base/sealer.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { NarrowingOfRow } from '../provider/provider.ts'
import {
  narrowTokenOf,
  narrowTokenSchema,
  refreshDueAt,
  type NarrowToken,
} from '../provider/token-set.ts'
import { boundedCache } from '../base/bounded-cache.ts'
import { digest } from '../base/digest.ts'

/** A row's demand for a token of its own. */
export interface NarrowDemand {
  /** The row's, as the log tells it. */
  readonly prefix: string
  readonly narrowing: NarrowingOfRow
}

/**
 * The tokens that are good for one API each, by session and demand: here, and sealed in the store, so that instances share them
 * and the cookie does not grow.
 */
export interface NarrowStore {
  /** Asks nobody. Null when none is known here. */
  remembered(sid: string, demand: NarrowDemand): NarrowToken | null
  /** The one in the store, for as long as it is not due to be renewed. */
  find(sid: string, demand: NarrowDemand): Promise<NarrowToken | null>
  keep(sid: string, demand: NarrowDemand, token: NarrowToken): Promise<void>
  /** All that are known of a session, which then are known no more. Fails nobody: the store may be out of reach. */
  take(sid: string): Promise<readonly NarrowToken[]>
}

export interface NarrowStoreParts {
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly clock: Clock
  /** Every demand that there is. */
  readonly demands: readonly NarrowDemand[]
}

const mostRemembered = 10_000

export function narrowStore({ keyValue, sealer, clock, demands }: NarrowStoreParts): NarrowStore {
  const memory = boundedCache<NarrowToken | null>(mostRemembered)

  async function find(sid: string, demand: NarrowDemand): Promise<NarrowToken | null> {
    const key = keyOf(sid, demand)
    const parsed = narrowTokenSchema.safeParse(sealer.open((await keyValue.get(key)) ?? '', key))
    if (parsed.success) memory.set(nameOf(sid, demand), parsed.data)
    return parsed.success ? parsed.data : null
  }

  async function takeOne(sid: string, demand: NarrowDemand): Promise<readonly NarrowToken[]> {
    const known = memory.get(nameOf(sid, demand)) ?? null
    const found = await find(sid, demand).catch(() => null)
    memory.set(nameOf(sid, demand), null)
    if (found !== null) await keyValue.delete(keyOf(sid, demand)).catch(() => {})
    const tokens = [known, found].filter((token) => token !== null)
    const living = tokens.filter(({ expiresAt }) => expiresAt > clock.now())
    return [...new Map(living.map((token) => [token.accessToken, token])).values()]
  }

  return {
    remembered: (sid, demand) => memory.get(nameOf(sid, demand)) ?? null,
    find,
    async keep(sid, demand, token) {
      memory.set(nameOf(sid, demand), token)
      const key = keyOf(sid, demand)
      const ttlSeconds = Math.max(1, refreshDueAt(token) - clock.now())
      const sealed = sealer.seal(narrowTokenOf(token), key)
      await keyValue.set(key, sealed, ttlSeconds)
    },
    async take(sid) {
      const taken = await Promise.all(demands.map((demand) => takeOne(sid, demand)))
      return taken.flat()
    },
  }
}

/** The same for two rows that ask for the same, on every instance. */
function nameOf(sid: string, { narrowing }: NarrowDemand): string {
  const { bearer, by, resource = '', audience = '', scopes = [] } = narrowing
  return [sid, bearer ? `${by} bearer` : by, resource, audience, ...scopes.toSorted()].join('\n')
}

function keyOf(sid: string, demand: NarrowDemand): string {
  return `narrow/${digest(nameOf(sid, demand))}`
}
