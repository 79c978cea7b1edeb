import type { CallFailure } from './call-failure.ts'
import type { SessionView, SignedInView } from './schemas.ts'

/**
 * Why a session ended, as the server says it; `user-changed`: somebody else is signed in now; `unknown`: it was gone when
 * the page looked.
 */
export type SessionEndReason =
  | 'signed-out'
  | 'signed-out-elsewhere'
  | 'signed-out-at-provider'
  | 'replaced'
  | 'idle'
  | 'absolute'
  | 'token-expired'
  | 'refresh-refused'
  | 'token-revoked'
  | 'user-changed'
  | 'unknown'

/** The session is about to end. `idle` can be put off by `staySignedIn()`, `absolute` can't. */
export interface Expiring {
  /** Seconds since the epoch, by the server's clock. */
  readonly at: number
  readonly reason: 'idle' | 'absolute'
}

/** What a page knows about its session. A new object each time that anything of it has changed. */
export type SessionState =
  /** Not known yet; `failure`: why the last look brought nothing. */
  | { readonly status: 'loading'; readonly failure: CallFailure | null }
  | { readonly status: 'signed-out' }
  | SignedInState
  | EndedState

/** `degraded`: signed in, but the access token is over and the provider can't be reached to renew it. */
export interface SignedInState {
  readonly status: 'signed-in' | 'degraded'
  readonly view: SignedInView
  readonly expiring: Expiring | null
  /** Why the last look brought nothing; the rest is what was known before. */
  readonly failure: CallFailure | null
  /** How many calls have waited for this session, and are about to be sent. */
  readonly waiting: number
}

/** The session was there, and is gone without this page asking for it. */
export interface EndedState {
  readonly status: 'ended'
  readonly reason: SessionEndReason
  /** Whose session it was, as it was last known: only they may resume. */
  readonly view: SignedInView
  /** With `user-changed`: who is signed in now, as soon as that is known. */
  readonly successor: SignedInView | null
  /** How many calls wait for the user to sign in again. */
  readonly waiting: number
}

/** What the page knows after an answer of the server. No I/O, no clock. */
export function nextState(
  previous: SessionState,
  view: SessionView,
  guess: SessionEndReason = 'unknown',
): SessionState {
  const known = knownView(previous)
  if (view.authenticated) {
    if (known && known.session.owner !== view.session.owner) {
      return endedState(previous, known, 'user-changed', view)
    }
    return {
      status: view.session.state === 'degraded' ? 'degraded' : 'signed-in',
      view,
      expiring: null,
      failure: null,
      waiting: waitingIn(previous),
    }
  }
  if (!known) return { status: 'signed-out' }
  return endedState(previous, known, previous.status === 'ended' ? previous.reason : guess, null)
}

export function endedState(
  previous: SessionState,
  view: SignedInView,
  reason: SessionEndReason,
  successor: SignedInView | null,
): EndedState {
  return { status: 'ended', reason, view, successor, waiting: waitingIn(previous) }
}

/** The session for which the page was drawn, if for any. */
export function knownView(state: SessionState): SignedInView | null {
  return 'view' in state ? state.view : null
}

export function isSignedIn(state: SessionState): state is SignedInState {
  return state.status === 'signed-in' || state.status === 'degraded'
}

/**
 * Whether the session ran out, and nobody asked for its end: the same user may be back in a moment, so what is theirs is
 * covered and kept. After any other end it is taken away.
 */
export function mayResume(state: SessionState): state is EndedState {
  return state.status === 'ended' && !/signed-out|user-changed/.test(state.reason)
}

/** Whoever ended a session may be signing in anew: the browser has the next one's cookie a moment later. */
export const successorMilliseconds = 1_500

/** Tells one session from the next, of the same user too. */
export function sessionKey({ session }: SignedInView): string {
  return `${session.owner}.${session.startedAt}`
}

/** The same of a state: null while nobody is signed in. */
export function keyOf(state: SessionState): string | null {
  return isSignedIn(state) ? sessionKey(state.view) : null
}

function waitingIn(state: SessionState): number {
  return 'waiting' in state ? state.waiting : 0
}

/** Takes over from `before` what is equal in `next`, the whole of it if nothing has changed: listeners compare by identity. */
export function sameWhereEqual(before: SessionState, next: SessionState): SessionState {
  const merged = Object.fromEntries(
    Object.entries(next).map(([name, value]: [string, unknown]) => {
      const earlier: unknown = Reflect.get(before, name)
      // A failure may hold anything, a cycle too.
      const isEqual = name !== 'failure' && JSON.stringify(earlier) === JSON.stringify(value)
      return [name, isEqual ? earlier : value]
    }),
  ) as unknown as SessionState
  const names = Object.keys({ ...before, ...merged })
  return names.every((name) => Reflect.get(before, name) === Reflect.get(merged, name))
    ? before
    : merged
}
