import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import type { Store } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { overBecause, type Session, type SessionLimits } from '../session/session.ts'
import type { Refresher } from '../tokens/refresher.ts'
import type { EarlierSessions } from './earlier-session.ts'

export interface SignedInAllAlongParts {
  readonly earlier: EarlierSessions
  readonly refresher: Refresher
  readonly ended: EndedSessions
  readonly store: Store
  readonly limits: SessionLimits
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** An app that asks again at once, say with `prompt=none`, would go round with nobody looking: the second time there is a page. */
const quietSeconds = 10

/**
 * Whether the browser had a session when this attempt began and has it still, so that who cancels a second sign-in, or meets
 * a provider that refuses it, is just taken back.
 *
 * @returns `taken-back`, or `shown` to somebody who has only just been taken back; `no` where there is no such session
 */
export async function signedInAllAlong(
  parts: SignedInAllAlongParts,
  state: string,
  providerCode: string,
): Promise<'taken-back' | 'shown' | 'no'> {
  try {
    const session = await stillLive(parts, await parts.earlier.take(state))
    if (session === null) return 'no'
    if (!(await isFirst(parts, session))) return 'shown'
    parts.telemetry.record({ name: 'sign-in-given-up', sid: session.sid, providerCode })
    return 'taken-back'
  } catch (error) {
    if (error instanceof Refusal) return 'no'
    throw error
  }
}

/** The session that the browser had when an attempt began, in its newest generation, if it still lives. */
export async function stillLive(
  {
    refresher,
    ended,
    limits,
    clock,
  }: Pick<SignedInAllAlongParts, 'refresher' | 'ended' | 'limits' | 'clock'>,
  kept: Session | null,
): Promise<Session | null> {
  if (kept === null) return null
  const session = await refresher.newest(kept)
  const end = overBecause(session, limits, clock.now()) ?? (await ended.surelyEndOf(session))
  return end === null ? session : null
}

function isFirst({ store }: SignedInAllAlongParts, { sid }: Session): Promise<boolean> {
  return store.keyValue.replace(`sign-in-given-up/${sid}`, null, 'once', quietSeconds)
}
