import { createHash } from 'node:crypto'
import { sealData, unsealData } from 'iron-session'
import type { KeyRing } from '../base/key-ring.ts'
import type { KeyValue } from '../keyvalue/keyvalue.ts'
import { sessionSchema, type Session } from '../session/session.ts'

/** What became of a session after its refresh token was spent. */
export interface Successors {
  /** Makes the renewed session findable for whoever still comes with the spent one. */
  publish(spent: Session, renewed: Session): Promise<void>
  /** The newest generation that is known of this session: itself, if none came after it. */
  newest(session: Session): Promise<Session>
}

/**
 * Keeps each renewed session for a while under a hash of the refresh token that was spent for it.
 *
 * A late request still carries the old cookie, so the old refresh token. Without this it would be spent again, and a
 * provider that rotates takes that for theft and revokes the whole family (RFC 9700 §4.14.2).
 */
export function successors(
  keyValue: KeyValue,
  keyRing: KeyRing,
  replaySeconds: number,
): Successors {
  const { sealing, opening } = keyRing.passwords('store')

  async function find(session: Session): Promise<Session | null> {
    const seal = session.tokens.refreshToken === null ? null : await keyValue.get(key(session))
    if (seal === null) return null
    const parsed = sessionSchema.safeParse(await unsealData(seal, { password: opening, ttl: 0 }))
    // A provider that does not rotate gives every generation the same refresh token, so the same key.
    return parsed.success && parsed.data.generation > session.generation ? parsed.data : null
  }

  return {
    async publish(spent, renewed) {
      await keyValue.set(
        key(spent),
        await sealData(renewed, { password: sealing, ttl: 0 }),
        replaySeconds,
      )
    },
    async newest(session) {
      let newest = session
      for (let next = await find(newest); next !== null; next = await find(newest)) newest = next
      return newest
    },
  }
}

function key({ tokens }: Session): string {
  return `successor/${createHash('sha256')
    .update(tokens.refreshToken ?? '')
    .digest('base64url')}`
}
