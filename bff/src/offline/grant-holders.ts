import * as z from 'zod'
import { digest } from '../base/digest.ts'
import type { Sealer } from '../base/sealer.ts'
import type { Agenda, KeyValue } from '../keyvalue/store.ts'
import type { GrantOwner, OfflineGrant } from './offline-grant.ts'

/**
 * Who has connected which grant. Found by the grant, for its jobs and for its end; and by the user, who is to see and withdraw
 * also what is not in the configuration any more.
 */
export interface GrantHolders {
  /** To be told before the grant is kept: so there is none that is not found. */
  add(grant: OfflineGrant): Promise<void>
  remove(owner: GrantOwner): Promise<void>
  /** Everybody who has connected a grant. */
  of(grant: string): AsyncIterable<GrantHolder>
  /** The names of a user's grants, configured or not. */
  grantsOf(sub: string): Promise<readonly string[]>
  /** The names of all grants that anybody ever had, configured or not. */
  names(): Promise<readonly string[]>
  /** How many users have it. */
  count(grant: string): Promise<number>
  /** Those whose grant is to be looked after now, as its time is up. */
  overdue(grant: string, limit: number): Promise<readonly GrantHolder[]>
  /** Looked after again then. */
  postpone(grant: string, holder: GrantHolder, at: number): Promise<void>
  /** Takes away what leads nowhere. */
  drop(grant: string, holder: GrantHolder): Promise<void>
}

export interface GrantHolder {
  /** Null where it was sealed by keys that this instance has not. */
  readonly sub: string | null
  /** As the store names them. */
  readonly user: string
}

const holderSchema = z.object({ sub: z.string() })

/** Far longer than a grant that is over is told of: what leads to it is not to be over before. */
const keptOnSeconds = 90 * 86_400

const never = 9_999_999_999

export interface GrantHoldersParts {
  readonly keyValue: KeyValue
  readonly agenda: Agenda
  readonly sealer: Sealer
  readonly now: () => number
}

export function grantHolders({ agenda, keyValue, now, sealer }: GrantHoldersParts): GrantHolders {
  async function holder(grant: string, user: string): Promise<GrantHolder | null> {
    const key = keyOf(grant, user)
    const sealed = await keyValue.get(key)
    if (sealed === null) return null
    return { user, sub: holderSchema.safeParse(sealer.open(sealed, key)).data?.sub ?? null }
  }

  async function drop(grant: string, { user }: GrantHolder): Promise<void> {
    await agenda.remove(grantsOf(user), grant)
    await keyValue.delete(keyOf(grant, user))
    // Last: it leads to the others.
    await agenda.remove(holdersOf(grant), user)
  }

  /** The ones that are found; what leads nowhere is taken away. */
  async function found(grant: string, users: readonly string[]): Promise<readonly GrantHolder[]> {
    const holders: GrantHolder[] = []
    for (const user of users) {
      const one = await holder(grant, user)
      if (one) holders.push(one)
      else await drop(grant, { user, sub: null })
    }
    return holders
  }

  return {
    async add({ expiresAt, grant, sub }) {
      const user = digest(sub)
      const key = keyOf(grant, user)
      const keptSeconds = Math.max(1, expiresAt - now()) + keptOnSeconds
      await keyValue.set(key, sealer.seal({ sub }, key), keptSeconds)
      await agenda.put(holdersOf(grant), user, expiresAt)
      await agenda.put(grantsOf(user), grant, expiresAt)
      await agenda.put(allNames, grant, expiresAt)
    },

    remove: ({ grant, sub }) => drop(grant, { sub, user: digest(sub) }),

    async *of(grant) {
      for await (const user of pageByPage(agenda, holdersOf(grant)))
        yield* await found(grant, [user])
    },

    grantsOf: (sub) => all(agenda, grantsOf(digest(sub))),
    names: () => all(agenda, allNames),
    count: (grant) => agenda.count(holdersOf(grant), never),

    async overdue(grant, limit) {
      return found(grant, await agenda.due(holdersOf(grant), now(), limit))
    },

    postpone: (grant, { user }, at) => agenda.put(holdersOf(grant), user, at),
    drop,
  }
}

/** Where the store, one of the app's own, has no agenda: then there are no jobs, and a grant is found by its name alone. */
export const noHolders: GrantHolders = {
  add: async () => {},
  remove: async () => {},
  async *of() {},
  grantsOf: async () => [],
  names: async () => [],
  count: async () => 0,
  overdue: async () => [],
  postpone: async () => {},
  drop: async () => {},
}

/** Of a list that is short. */
async function all(agenda: Agenda, list: string): Promise<readonly string[]> {
  const names = new Set<string>()
  for await (const name of pageByPage(agenda, list)) names.add(name)
  return [...names]
}

/** Every name in a list, each at least once. */
async function* pageByPage(agenda: Agenda, list: string): AsyncIterable<string> {
  let cursor: string | null = null
  do {
    const page = await agenda.page(list, cursor)
    yield* page.names
    cursor = page.cursor
  } while (cursor !== null)
}

const allNames = 'grants-held'

function keyOf(grant: string, user: string): string {
  return `grant-holder/${grant}/${user}`
}

function holdersOf(grant: string): string {
  return `grant-holders/${grant}`
}

function grantsOf(user: string): string {
  return `grants-of/${user}`
}
