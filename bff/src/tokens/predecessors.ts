import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import type { Sealer } from '../base/sealer.ts'
import { editValue } from '../keyvalue/edit-value.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { tokenSetSchema, type TokenSet } from '../provider/token-set.ts'
import type { Session, SessionLimits } from '../session/session.ts'

/**
 * The tokens of sessions that gave way to another sign-in of the same user, such as a step-up. They live on at the provider:
 * some withdraw all that a user has granted along with one token, so to revoke them at once would end the new session as it
 * begins. So they are kept, sealed in the store, for whoever revokes those of the session that took their place.
 */
export interface Predecessors {
  /** What `replaced` had replaced itself is `session`'s from now on, too. */
  note(session: Pick<Session, 'sid'>, replaced: Predecessor): Promise<void>
  /** Tokens that nobody will use, and that may not be revoked before this session's are. */
  add(session: Pick<Session, 'sid'>, tokens: TokenSet): Promise<void>
  /** All that a session replaced, which then are known no more. Fails nobody: the store may be out of reach. */
  take(sid: string): Promise<readonly Predecessor[]>
}

export type Predecessor = Readonly<z.infer<typeof predecessorSchema>>

export interface PredecessorsParts {
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly limits: Pick<SessionLimits, 'maxSeconds'>
  readonly clock: Clock
  readonly telemetry: Telemetry
}

const predecessorSchema = z.object({ sid: z.string(), tokens: tokenSetSchema })

const listSchema = z.array(predecessorSchema).readonly()

/** An app may ask for a stronger sign-in again and again; each sign-out asks the provider twice for each. */
const mostPredecessors = 8

/** How often a list that somebody else is adding to is tried again. */
const mostTries = 10

/** A cookie that shows up after the end of its session still brings tokens to be revoked. */
const afterlifeSeconds = 86_400

export function predecessors(parts: PredecessorsParts): Predecessors {
  const { keyValue, sealer, limits, clock, telemetry } = parts

  function open(key: string, sealed: string | null): readonly Predecessor[] {
    const parsed = listSchema.safeParse(sealer.open(sealed ?? '', key))
    return parsed.success ? parsed.data : []
  }

  async function read(sid: string): Promise<readonly Predecessor[]> {
    const key = keyOf(sid)
    return open(key, await keyValue.get(key))
  }

  async function append(sid: string, added: readonly Predecessor[]): Promise<void> {
    const key = keyOf(sid)
    const appended = await editValue(keyValue, key, mostTries, (sealed) => {
      const all = [...open(key, sealed), ...added]
      const living = all.filter((each) => isAlive(each, clock.now()))
      const kept = living.slice(-mostPredecessors)
      return {
        value: sealer.seal(kept, key),
        ttlSeconds: limits.maxSeconds + afterlifeSeconds,
        left: living.length - kept.length,
      }
    })
    if (appended && appended.left > 0)
      telemetry.record({ name: 'predecessors-overflow', sid, left: appended.left })
  }

  return {
    async note({ sid }, replaced) {
      await append(sid, [...(await read(replaced.sid)), withoutIdToken(replaced)])
      await keyValue.delete(keyOf(replaced.sid))
    },

    add: ({ sid }, tokens) => append(sid, [withoutIdToken({ sid, tokens })]),

    async take(sid) {
      try {
        const taken = await read(sid)
        // What was read is revoked, though it may be found there again.
        if (taken.length > 0) await keyValue.delete(keyOf(sid)).catch(ignoreRefusal)
        return taken
      } catch (error) {
        ignoreRefusal(error)
        return []
      }
    },
  }
}

function withoutIdToken({ sid, tokens }: Predecessor): Predecessor {
  return { sid, tokens: { ...tokens, idToken: null } }
}

/** When a refresh token ends nobody says. */
function isAlive({ tokens }: Predecessor, now: number): boolean {
  return tokens.refreshToken !== null || now < tokens.expiresAt
}

function keyOf(sid: string): string {
  return `predecessors/${sid}`
}

/** The store can't be reached; its guard has said so in the log. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
