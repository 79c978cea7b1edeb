import type { Clock } from '../base/clock.ts'
import type { KeyRing } from '../base/key-ring.ts'
import type { Sealer } from '../base/sealer.ts'
import { editValue } from '../keyvalue/edit-value.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { GrantHolders } from './grant-holders.ts'
import {
  grantKey,
  offlineGrantSchema,
  toldOfSeconds,
  type GrantOwner,
  type OfflineGrant,
} from './offline-grant.ts'

/** Keeps the users' grants: each sealed, under its user and its name, and nowhere else to be opened. */
export interface GrantVault {
  read(owner: GrantOwner): Promise<KeptGrant | null>
  /** Whether anything lies there, readable or not. */
  isKept(owner: GrantOwner): Promise<boolean>
  /** Puts a grant in the place of what lies there. @returns what lay there */
  put(grant: OfflineGrant): Promise<OfflineGrant | null>
  /**
   * Changes a grant only if it is still the one that was read: a run that was overtaken writes nothing.
   *
   * @returns what is kept now, or null if it has changed meanwhile or was taken away
   */
  change(kept: KeptGrant, grant: OfflineGrant): Promise<KeptGrant | null>
  /** Whether it is sealed with the newest key. */
  isSealedAnew(kept: KeptGrant): boolean
  /** @returns what lay there */
  take(owner: GrantOwner): Promise<OfflineGrant | null>
}

/** A grant as it was read, and what it looked like in the store. */
export interface KeptGrant {
  readonly grant: OfflineGrant
  readonly sealed: string
}

/** How often a change that another has overtaken is tried again. */
const mostTries = 20

export interface GrantVaultParts {
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly keyRing: KeyRing
  readonly holders: Pick<GrantHolders, 'add' | 'remove'>
  readonly clock: Clock
}

export function grantVault({
  keyValue,
  sealer,
  keyRing,
  holders,
  clock,
}: GrantVaultParts): GrantVault {
  async function read(owner: GrantOwner): Promise<KeptGrant | null> {
    const key = grantKey(owner)
    const sealed = await keyValue.get(key)
    return sealed === null ? null : opened(sealed, key)
  }

  function opened(sealed: string, key: string): KeptGrant | null {
    const { data } = offlineGrantSchema.safeParse(sealer.open(sealed, key))
    return data === undefined ? null : { grant: data, sealed }
  }

  /** Whatever lies there, readable or not. */
  async function swap(owner: GrantOwner, grant: OfflineGrant | null): Promise<OfflineGrant | null> {
    const key = grantKey(owner)
    const sealed = grant === null ? null : sealer.seal(grant, key)
    const swapped = await editValue(keyValue, key, mostTries, (before) => ({
      value: sealed,
      ttlSeconds: grant === null ? 0 : keptSeconds(grant),
      before,
    }))
    if (swapped === null) throw new Error('a grant that changes faster than it can be written')
    return swapped.before === null ? null : (opened(swapped.before, key)?.grant ?? null)
  }

  function keptSeconds({ expiresAt }: OfflineGrant): number {
    return Math.max(expiresAt - clock.now(), 0) + toldOfSeconds
  }

  return {
    read,
    isKept: async (owner) => (await keyValue.get(grantKey(owner))) !== null,
    async put(grant) {
      await holders.add(grant)
      return swap(grant, grant)
    },
    async change({ sealed }, grant) {
      const key = grantKey(grant)
      const next = sealer.seal(grant, key)
      const changed = await keyValue.replace(key, sealed, next, keptSeconds(grant))
      return changed ? { grant, sealed: next } : null
    },
    isSealedAnew: ({ sealed }) => sealed.startsWith(`${keyRing.keys('grant').sealing.id}.`),
    async take(owner) {
      const taken = await swap(owner, null)
      // What leads nowhere is found later.
      await holders.remove(owner).catch(() => {})
      return taken
    },
  }
}
