import { attemptSeconds } from '../base/attempt-seconds.ts'
import { digest } from '../base/digest.ts'
import type { Sealer } from '../base/sealer.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { sessionSchema, type Session } from '../session/session.ts'

/** Remembers, while a sign-in is under way, the session that it will replace. */
export interface EarlierSessions {
  keep(state: string, session: Session): Promise<void>
  take(state: string): Promise<Session | null>
}

/**
 * The browser withholds its strict cookies when it comes back from the provider, so the callback can't see who was signed
 * in before. At the start of the sign-in it still could.
 */
export function earlierSessions(keyValue: KeyValue, sealer: Sealer): EarlierSessions {
  return {
    async keep(state, session) {
      const key = keyOf(state)
      await keyValue.set(key, sealer.seal(session, key), attemptSeconds)
    },
    async take(state) {
      const key = keyOf(state)
      const sealed = await keyValue.get(key)
      if (sealed === null) return null
      await keyValue.delete(key)
      const parsed = sessionSchema.safeParse(sealer.open(sealed, key))
      return parsed.success ? parsed.data : null
    },
  }
}

function keyOf(state: string): string {
  return `earlier-session/${digest(state)}`
}
