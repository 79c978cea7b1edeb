import { createSecretKey, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { sealerWith, type Sealer } from '../base/sealer.ts'
import { editValue } from '../keyvalue/edit-value.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { SessionStoreParts } from './cookie-session-store.ts'
import { sealedCookie } from './sealed-cookie.ts'
import { overBecause, sessionSchema, type Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

/** What the cookie holds: the name of a session, and the key that opens it. The key is nowhere else. */
const ticketSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('ticket'),
  sid: z.string().min(16),
  key: z.base64url().length(43),
})

type Ticket = Readonly<z.infer<typeof ticketSchema>>

const afterlifeSeconds = 86_400

/** How often a save that meets another one tries again. */
const mostTries = 5

/**
 * Keeps sessions in the store, each sealed with a key of its own that only the browser's cookie holds: a dump of the
 * store opens nothing, not even with the server's secret.
 */
export function ticketSessionStore(parts: SessionStoreParts, keyValue: KeyValue): SessionStore {
  const { limits, ended, clock, telemetry } = parts
  const cookie = sealedCookie(ticketSchema, 'ticket', parts)

  function ttlSeconds(session: Session): number {
    // Longer than it may be used: whoever comes with the ticket of one that idled out brings its tokens to be revoked.
    return Math.max(1, session.startedAt + limits.maxSeconds - clock.now()) + afterlifeSeconds
  }

  return {
    keptIn: 'server',

    async load(jar) {
      const ticket = cookie.read(jar)
      if (ticket === null) return { state: 'none' }
      const session = open(ticket, await keyValue.get(keyOf(ticket)))
      if (session === null) return { state: 'ended', end: 'idle', session: null }
      const over = overBecause(session, limits, clock.now())
      if (over !== null) telemetry.record({ name: 'seal-expired', purpose: 'ticket' })
      const end = over ?? (await ended.endOf(session))
      return end === null ? { state: 'live', session } : { state: 'ended', end, session }
    },

    async begin(jar, session) {
      const key = randomBytes(32).toString('base64url')
      const ticket: Ticket = { v: 1, purpose: 'ticket', sid: session.sid, key }
      await keyValue.set(keyOf(ticket), seal(ticket, session), ttlSeconds(session))
      return cookie.write(jar, ticket)
    },

    async save(jar, session) {
      const ticket = cookie.read(jar)
      if (ticket?.sid !== session.sid) return
      await editValue(keyValue, keyOf(ticket), mostTries, (sealed) => {
        const kept = open(ticket, sealed)
        // Not there any more: it has ended, and must not come back. Or somebody has saved something newer.
        if (kept === null || isNewer(kept, session)) return null
        return { value: seal(ticket, session), ttlSeconds: ttlSeconds(session) }
      })
    },

    async clear(jar) {
      const ticket = cookie.read(jar)
      cookie.clear(jar)
      if (ticket === null) return
      // Who could open it has marked its end. Who could not has only the store's word that it is gone, or marks it now.
      await keyValue.delete(keyOf(ticket)).catch(() => ended.end(ticket, 'signed-out'))
    },
  }
}

function isNewer(kept: Session, session: Session): boolean {
  return kept.generation === session.generation
    ? kept.touchedAt > session.touchedAt
    : kept.generation > session.generation
}

function seal(ticket: Ticket, session: Session): string {
  return sealerOf(ticket).seal(session, keyOf(ticket))
}

function open(ticket: Ticket, sealed: string | null): Session | null {
  const parsed = sessionSchema.safeParse(sealerOf(ticket).open(sealed ?? '', keyOf(ticket)))
  return parsed.success ? parsed.data : null
}

function sealerOf(ticket: Ticket): Sealer {
  const key = createSecretKey(ticket.key, 'base64url')
  return sealerWith({ sealing: { id: 'ticket', key }, opening: new Map([['ticket', key]]) })
}

function keyOf({ sid }: Ticket): string {
  return `session/${sid}`
}
