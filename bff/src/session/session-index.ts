import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { digest } from '../base/digest.ts'
import type { Sealer } from '../base/sealer.ts'
import { editValue } from '../keyvalue/edit-value.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Session, SessionLimits } from './session.ts'

const entrySchema = z.object({
  sid: z.string(),
  /** The provider's name for its own session, as an entry from before has none. */
  providerSid: z.string().nullable().default(null),
  startedAt: z.int(),
  seenAt: z.int(),
  browser: z.string().nullable(),
  device: z.string().nullable(),
  address: z.string().nullable(),
})

/** One session of a user, as the list of their sessions shows it. */
export type IndexedSession = Readonly<z.infer<typeof entrySchema>>

/** From where a session is used, as far as a request tells. */
export type Whereabouts = Pick<IndexedSession, 'browser' | 'device' | 'address'>

/** Which sessions a user has. Knows of them, can't open them. */
export interface SessionIndex {
  /** Enters a session, or that it was used just now. */
  note(session: Session, whereabouts: Whereabouts): Promise<void>
  remove(sub: string, sid: string): Promise<void>
  /** Takes out those that came of one session at the provider. */
  removeOfProvider(sub: string, providerSid: string): Promise<void>
  clear(sub: string): Promise<void>
  /** Those that may still live, the one that was used last first. */
  of(sub: string): Promise<readonly IndexedSession[]>
}

/** A user with more sessions than this is no person; the oldest entries go. */
const mostSessions = 100
const mostTries = 10

export function sessionIndex(
  keyValue: KeyValue,
  sealer: Sealer,
  limits: SessionLimits,
  clock: Clock,
): SessionIndex {
  function read(key: string, sealed: string | null): IndexedSession[] {
    const parsed = z.array(entrySchema).safeParse(sealer.open(sealed ?? '', key))
    const now = clock.now()
    const living = parsed.success
      ? parsed.data.filter(
          ({ startedAt, seenAt }) =>
            now < startedAt + limits.maxSeconds && now < seenAt + limits.idleSeconds,
        )
      : []
    return living.toSorted((a, b) => b.seenAt - a.seenAt).slice(0, mostSessions)
  }

  async function change(
    sub: string,
    edit: (entries: IndexedSession[]) => IndexedSession[],
  ): Promise<void> {
    const key = keyOf(sub)
    await editValue(keyValue, key, mostTries, (sealed) => ({
      value: sealer.seal(edit(read(key, sealed)), key),
      ttlSeconds: limits.maxSeconds,
    }))
  }

  return {
    note: (session, whereabouts) =>
      change(session.sub, (entries) => [
        {
          sid: session.sid,
          providerSid: session.providerSid,
          startedAt: session.startedAt,
          seenAt: clock.now(),
          ...whereabouts,
        },
        ...entries.filter(({ sid }) => sid !== session.sid),
      ]),
    remove: (sub, sid) => change(sub, (entries) => entries.filter((entry) => entry.sid !== sid)),
    removeOfProvider: (sub, providerSid) =>
      change(sub, (entries) => entries.filter((entry) => entry.providerSid !== providerSid)),
    clear: (sub) => keyValue.delete(keyOf(sub)),
    async of(sub) {
      const key = keyOf(sub)
      return read(key, await keyValue.get(key))
    },
  }
}

function keyOf(sub: string): string {
  return `sessions-of/${digest(sub)}`
}

/** Other calls of this session, on any instance, may have kept it from idling out: the index knows of them. */
export async function asActiveAsSeen(
  index: Pick<SessionIndex, 'of'>,
  session: Session,
): Promise<Session> {
  const seen = (await index.of(session.sub)).find(({ sid }) => sid === session.sid)
  return seen ? { ...session, touchedAt: Math.max(session.touchedAt, seen.seenAt) } : session
}
