import type { Clock } from '../base/clock.ts'
import type { SessionEnd } from '../base/failure.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { asActiveAsSeen, type SessionIndex } from '../session/session-index.ts'
import {
  idleExpiresAt,
  isTokenValid,
  overBecause,
  type Session,
  type SessionLimits,
} from '../session/session.ts'
import type { Refresher } from './refresher.ts'
import type { TokenChecks } from './token-checks.ts'

export interface WatchParts {
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly refresher: Refresher
  readonly tokenChecks: Pick<TokenChecks, 'isDue' | 'check'>
  readonly limits: SessionLimits
  readonly clock: Clock
}

const lookEveryMilliseconds = 500

/** Before the provider, or the store, is asked again that could not say. */
const askAgainSeconds = 5

/**
 * Watches a session for something that stays open longer than a call: an event stream, a WebSocket. Looking costs nothing
 * but a glance at the clock until something is due.
 *
 * @param over  called once, within a second: signed out anywhere, idle or too old, or its token can't be renewed
 * @returns stops watching
 */
export function watchSession(
  parts: WatchParts,
  session: Session,
  over: (end: SessionEnd) => void,
): () => void {
  const { ended, limits, tokenChecks, clock } = parts
  let current = session
  let lookAt = dueAt(session, limits)
  let checkAt = 0
  let stopped = false
  const unwatch = ended.watch(session, stopAnd)
  const timer = setInterval(() => {
    const now = clock.now()
    if (now >= lookAt || (now >= checkAt && tokenChecks.isDue(current))) void look()
  }, lookEveryMilliseconds).unref()
  // It may have ended while the upstream was answering, before anybody watched.
  void Promise.resolve(ended.endOf(session)).then((end) => end && stopAnd(end))

  function stop(): void {
    stopped = true
    clearInterval(timer)
    unwatch()
  }
  function stopAnd(end: SessionEnd): void {
    if (stopped) return
    stop()
    over(end)
  }

  async function look(): Promise<void> {
    lookAt = Number.POSITIVE_INFINITY
    const now = clock.now()
    checkAt = now + askAgainSeconds
    // Trouble at the store or the provider ends nothing.
    const { session: seen, end } = await lookAfter(parts, current).catch(() => stillOpen(current))
    if (end !== null) return stopAnd(end)
    current = seen
    const due = dueAt(current, limits)
    lookAt = due > now ? due : now + askAgainSeconds
  }

  return stop
}

interface Seen {
  readonly session: Session
  readonly end: SessionEnd | null
}

function stillOpen(session: Session): Seen {
  return { session, end: null }
}

/** When the clock next changes anything. */
function dueAt(session: Session, limits: SessionLimits): number {
  return Math.min(idleExpiresAt(session, limits), session.tokens.expiresAt)
}

async function lookAfter(parts: WatchParts, session: Session): Promise<Seen> {
  const { limits, clock, refresher } = parts
  const idle = overBecause(session, limits, clock.now()) === 'idle'
  const active = idle ? await asActiveAsSeen(parts.index, session) : session
  const end = overBecause(active, limits, clock.now())
  if (end !== null) return { session: active, end }
  if (isTokenValid(active, clock.now())) return checked(parts, active)
  // Not `fresh`, which takes it that the browser has this generation: of one that was renewed for a stream it may hear late.
  const renewed = await refresher.renewed(active)
  if (renewed.ok) return stillOpen({ ...renewed.value, touchedAt: active.touchedAt })
  const { error } = renewed
  if (error.kind === 'refresh-refused') return { session: active, end: 'refresh-refused' }
  return { session: active, end: error.kind === 'session-ended' ? error.end : null }
}

/** What the provider says of a token that is valid by the clock, where it is to be asked. */
async function checked({ tokenChecks }: WatchParts, session: Session): Promise<Seen> {
  if (!tokenChecks.isDue(session)) return stillOpen(session)
  const good = await tokenChecks.check(session)
  if (good.ok) return stillOpen({ ...good.value, touchedAt: session.touchedAt })
  const { error } = good
  return { session, end: error.kind === 'session-ended' ? error.end : null }
}
