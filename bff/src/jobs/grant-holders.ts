import * as z from 'zod'
import type { Sealer } from '../base/sealer.ts'
import type { Agenda, KeyValue } from '../keyvalue/store.ts'
import type { OfflineGrant } from '../offline/offline-grant.ts'
import { userOf } from './job-states.ts'

/** Who has connected which grant: so that a job that is new in the configuration finds them. */
export interface GrantHolders {
  add(grant: OfflineGrant): Promise<void>
  remove(owner: { readonly sub: string; readonly grant: string }): Promise<void>
  /** The `sub` of each; null where it was sealed by keys that this instance has not. */
  of(grant: string): AsyncIterable<string | null>
}

const holderSchema = z.object({ sub: z.string() })

export interface GrantHoldersParts {
  readonly keyValue: KeyValue
  readonly agenda: Agenda
  readonly sealer: Sealer
  readonly now: () => number
}

export function grantHolders({ agenda, keyValue, now, sealer }: GrantHoldersParts): GrantHolders {
  return {
    async add({ expiresAt, grant, sub }) {
      const key = keyOf(grant, userOf(sub))
      await keyValue.set(key, sealer.seal({ sub }, key), Math.max(1, expiresAt - now()))
      await agenda.put(listOf(grant), userOf(sub), expiresAt)
    },

    async remove({ grant, sub }) {
      await keyValue.delete(keyOf(grant, userOf(sub)))
      await agenda.remove(listOf(grant), userOf(sub))
    },

    async *of(grant) {
      let cursor: string | null = null
      do {
        const page = await agenda.page(listOf(grant), cursor)
        for (const user of page.names) {
          const key = keyOf(grant, user)
          const sealed = await keyValue.get(key)
          // Run out long ago.
          if (sealed === null) await agenda.remove(listOf(grant), user)
          else yield holderSchema.safeParse(sealer.open(sealed, key)).data?.sub ?? null
        }
        cursor = page.cursor
      } while (cursor !== null)
    },
  }
}

function keyOf(grant: string, user: string): string {
  return `grant-holder/${grant}/${user}`
}

function listOf(grant: string): string {
  return `grant-holders/${grant}`
}
