import type { Clock } from '../base/clock.ts'
import type { SessionEnd } from '../base/failure.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { asActiveAsSeen, type SessionIndex } from '../session/session-index.ts'
import {
  expiresAt,
  idleExpiresAt,
  overBecause,
  type Session,
  type SessionLimits,
} from '../session/session.ts'
import type { Refresher } from './refresher.ts'
import { watchToken, type WatchTokenParts } from './watch-token.ts'

/** What a page is told of its session while it is open. */
export type SessionNews =
  | { readonly name: 'session-ended'; readonly reason: SessionEnd }
  | { readonly name: 'user-changed' }
  | {
      readonly name: 'session-expiring'
      readonly reason: 'idle' | 'absolute'
      readonly at: number
      readonly idleExpiresAt: number
      readonly expiresAt: number
    }
  /** `degraded`: the provider can't be reached, so a token that runs out is not renewed. */
  | { readonly name: 'token-degraded'; readonly degraded: boolean }

export interface SessionNewsParts {
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly refresher: WatchTokenParts['refresher'] & Pick<Refresher, 'isFailing'>
  readonly tokenChecks: WatchTokenParts['tokenChecks']
  readonly limits: SessionLimits
  readonly clock: Clock
}

const lookEveryMilliseconds = 500

/** Before the index is asked again whether the user was active elsewhere. */
const askAgainSeconds = 5

const longestWarningSeconds = 120

/**
 * Tells what happens to a session. It renews no token and counts as no activity: a page that is merely open keeps nothing
 * alive.
 *
 * @returns stops telling. Done by itself after the last: `session-ended` or `user-changed`.
 */
export function sessionNews(
  parts: SessionNewsParts,
  session: Session,
  tell: (news: SessionNews) => void,
): () => void {
  const { ended, limits, refresher, clock } = parts
  let current = session
  let askAt = 0
  let warnedOf = 0
  let wasFailing = false
  let stopped = false
  const lookAtToken = watchToken(parts, session, over)
  const unwatch = ended.watch(session, over)
  const timer = setInterval(look, lookEveryMilliseconds).unref()
  // It may have ended before anybody watched.
  void Promise.resolve(ended.endOf(session)).then((end) => end && over(end))
  look()

  function stop(): void {
    stopped = true
    clearInterval(timer)
    unwatch()
  }

  function over(end: SessionEnd): void {
    if (stopped) return
    stop()
    tell(end === 'user-changed' ? { name: end } : { name: 'session-ended', reason: end })
  }

  function look(): void {
    lookAtToken()
    const failing = refresher.isFailing()
    if (failing !== wasFailing) tell({ name: 'token-degraded', degraded: failing })
    wasFailing = failing
    const now = clock.now()
    if (now >= warnAt(current, limits) && now >= askAt) void lookAtClock()
  }

  async function lookAtClock(): Promise<void> {
    askAt = clock.now() + askAgainSeconds
    const seen = await asActiveAsSeen(parts.index, current).catch(() => null)
    if (stopped) return
    current = seen ?? current
    const now = clock.now()
    // Without the index nobody knows: the user may have been active elsewhere up to now.
    const latest = seen ?? { ...current, touchedAt: now }
    const end = overBecause(latest, limits, now)
    if (end !== null) return over(end)
    // Not after the end, should the clock be there before the next look.
    askAt = Math.min(askAt, endsAt(latest, limits))
    if (now >= warnAt(latest, limits)) warn(latest)
  }

  function warn(of: Session): void {
    const at = endsAt(of, limits)
    if (warnedOf === at) return
    warnedOf = at
    const absolute = expiresAt(of, limits)
    tell({
      name: 'session-expiring',
      reason: at < absolute ? 'idle' : 'absolute',
      at,
      idleExpiresAt: at,
      expiresAt: absolute,
    })
  }

  return stop
}

/** The idle end, or the absolute one where that comes first. */
function endsAt(session: Session, limits: SessionLimits): number {
  return idleExpiresAt(session, limits)
}

function warnAt(session: Session, limits: SessionLimits): number {
  return endsAt(session, limits) - Math.min(longestWarningSeconds, limits.idleSeconds / 4)
}
