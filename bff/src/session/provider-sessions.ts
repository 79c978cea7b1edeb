import { digest } from '../base/digest.ts'
import * as z from 'zod'
import type { Sealer } from '../base/sealer.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Session, SessionLimits } from './session.ts'

const noteSchema = z.object({ sub: z.string() })

/**
 * Which of the provider's own sessions somebody came from. Anybody can call the front-channel logout with any name: only
 * what stands here may cost more than this one look.
 */
export interface ProviderSessions {
  note(session: Pick<Session, 'sub' | 'providerSid'>): Promise<void>
  /** Whose it is; null when nobody signed in from it. */
  userOf(providerSid: string): Promise<string | null>
  /** Until somebody signs in from it again. */
  forget(providerSid: string): Promise<void>
}

export function providerSessions(
  keyValue: KeyValue,
  sealer: Sealer,
  limits: SessionLimits,
): ProviderSessions {
  return {
    async note({ sub, providerSid }) {
      if (providerSid === null) return
      const key = keyOf(providerSid)
      await keyValue.set(key, sealer.seal({ sub }, key), limits.maxSeconds)
    },
    async userOf(providerSid) {
      const key = keyOf(providerSid)
      const parsed = noteSchema.safeParse(sealer.open((await keyValue.get(key)) ?? '', key))
      return parsed.success ? parsed.data.sub : null
    },
    forget: (providerSid) => keyValue.delete(keyOf(providerSid)),
  }
}

function keyOf(providerSid: string): string {
  return `provider-session/${digest(providerSid)}`
}
