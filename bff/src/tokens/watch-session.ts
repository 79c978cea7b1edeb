import type { SessionEnd } from '../base/failure.ts'
import type { Clock } from '../base/clock.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionIndex } from '../session/session-index.ts'
import { isTokenValid, overBecause, type Session, type SessionLimits } from '../session/session.ts'
import type { Refresher } from './refresher.ts'

export interface WatchParts {
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly refresher: Refresher
  readonly limits: SessionLimits
  readonly clock: Clock
}

const lookEveryMilliseconds = 5_000

/**
 * Watches a session for something that stays open longer than a call: an event stream, a WebSocket.
 *
 * @param over  called once: signed out anywhere (at once), idle or too old, or its token can't be renewed (within seconds)
 * @returns stops watching
 */
export function watchSession(
  parts: WatchParts,
  session: Session,
  over: (end: SessionEnd) => void,
): () => void {
  let current = session
  const unwatch = parts.ended.watch(session, stopAnd)
  const timer = setInterval(() => void look().catch(() => {}), lookEveryMilliseconds).unref()

  function stop(): void {
    clearInterval(timer)
    unwatch()
  }
  function stopAnd(end: SessionEnd): void {
    stop()
    over(end)
  }

  async function look(): Promise<void> {
    const end = await endOf(parts, current)
    if (end !== null) return stopAnd(end)
    if (isTokenValid(current, parts.clock.now())) return
    const fresh = await parts.refresher.fresh(current)
    if (fresh.ok) current = fresh.value
    // Trouble at the provider ends nothing: it is asked again at the next look.
    else if (fresh.error.kind === 'refresh-refused') stopAnd('refresh-refused')
    else if (fresh.error.kind === 'session-ended') stopAnd(fresh.error.end)
  }

  return stop
}

/** Other calls of this session, on any instance, may have kept it from idling out: the index knows of them. */
async function endOf(
  { index, limits, clock }: WatchParts,
  session: Session,
): Promise<SessionEnd | null> {
  const end = overBecause(session, limits, clock.now())
  if (end !== 'idle') return end
  const living = await index.of(session.sub)
  return living.some(({ sid }) => sid === session.sid) ? null : 'idle'
}
