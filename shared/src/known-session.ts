import type { CallFailure } from './call-failure.ts'
import { comingEnd } from './expiry.ts'
import type { SessionView } from './schemas.ts'
import {
  endedState,
  isSignedIn,
  knownView,
  nextState,
  sameWhereEqual,
  sessionKey,
  type SessionEndReason,
  type SessionState,
} from './session-state.ts'

const longestRetrySeconds = 60

/** What the page knows of its session, whoever told it: an answer, another tab, the server's events, the clock. */
export interface KnownSession {
  state(): SessionState
  /** An answer of the server that was asked for at this moment. One that was overtaken is old news. */
  take(view: SessionView, at: number): void
  /** No answer came. */
  fail(failure: CallFailure, at: number): void
  /** The session of this name has ended. @returns whether that was news */
  end(key: string, reason: SessionEndReason): boolean
  /** Nothing that is on its way counts any more. */
  forget(state: SessionState): void
  /** Whether the user is signing out here: an end that is told before the answer is theirs. */
  setLeaving(leaving: boolean): void
  /** How many calls wait for the session. */
  setWaiting(waiting: number): void
}

export interface KnownSessionParts {
  readonly now: () => number
  readonly warnSeconds: number
  readonly changed: (before: SessionState, state: SessionState) => void
  /** The server should be asked after so long; null for no more. */
  readonly askAfter: (seconds: number | null) => void
}

export function knownSession({
  now,
  warnSeconds,
  changed,
  askAfter,
}: KnownSessionParts): KnownSession {
  let state: SessionState = { status: 'loading', failure: null }
  /** When the newest of what is known was asked for. */
  let knownAt = 0
  /** How often the first look has brought nothing. */
  let failures = 0
  let isLeaving = false

  function become(next: SessionState): void {
    const before = state
    const isOwnEnd = isLeaving && next.status === 'ended' && next.reason !== 'user-changed'
    state = sameWhereEqual(before, isOwnEnd ? { status: 'signed-out' } : next)
    if (state !== before) changed(before, state)
  }

  function withExpiry(next: SessionState): SessionState {
    const isUnanswered = next.status === 'loading' && next.failure !== null
    failures = isUnanswered ? failures + 1 : 0
    if (!isSignedIn(next)) {
      askAfter(isUnanswered ? Math.min(2 ** failures, longestRetrySeconds) : null)
      return next
    }
    const { at, reason, warnAt } = comingEnd(next.view, warnSeconds)
    const isDue = now() >= warnAt
    askAfter(Math.max(1, (isDue ? at + 1 : warnAt) - now()))
    return { ...next, expiring: isDue ? { at, reason } : null }
  }

  /** Why the session is over by the clock, or null. A second either way is no matter. */
  function overByTheClock(tolerance: number): SessionEndReason | null {
    if (!isSignedIn(state)) return null
    const { at, reason } = comingEnd(state.view, 0)
    return now() > at + tolerance ? reason : null
  }

  /** Where the clock was set back, nothing is newer than what was known before: then the answer counts. */
  function isOld(at: number): boolean {
    return at < knownAt && knownAt <= Date.now()
  }

  return {
    state: () => state,
    take(view, at) {
      if (isOld(at)) return
      knownAt = at
      become(withExpiry(nextState(state, view, overByTheClock(-1) ?? 'unknown')))
    },
    fail(failure, at) {
      if (isOld(at) || !('failure' in state)) return
      const over = overByTheClock(1)
      // The server can't say so, and need not.
      if (isSignedIn(state) && over !== null) become(endedState(state, state.view, over, null))
      else become(withExpiry({ ...state, failure }))
    },
    end(key, reason) {
      const known = knownView(state)
      const isNews = isSignedIn(state) || (state.status === 'ended' && state.reason === 'unknown')
      if (!isNews || !known || sessionKey(known) !== key) return false
      knownAt = Date.now()
      become(withExpiry(endedState(state, known, reason, null)))
      return true
    },
    forget(next) {
      knownAt = Date.now()
      become(withExpiry(next))
    },
    setLeaving(leaving) {
      isLeaving = leaving
    },
    setWaiting(waiting) {
      if ('waiting' in state) become({ ...state, waiting })
    },
  }
}
