import { ProblemError } from './call-failure.ts'
import { canBeSentAgain, type CallStep, type OutgoingCall } from './client.ts'
import { problemOf } from './patiently.ts'
import { ownerHeader, routes } from './routes.ts'
import { isSignedIn, keyOf, knownView, type SessionState } from './session-state.ts'
import type { WaitingCalls } from './waiting-calls.ts'

export interface BindParts {
  readonly state: () => SessionState
  readonly check: () => Promise<SessionState>
  readonly calls: WaitingCalls
  /** Whether a call that finds the session over waits for the next. */
  readonly waits: () => boolean
  /** The session is over, though it could not be asked about. */
  readonly lost: () => void
}

/**
 * Binds each call to the user for whom the page was drawn: the server is told, and refuses it when the session is somebody
 * else's by now. A call that finds the session over may wait for it.
 */
export function bindToUser({ state, check, calls, waits, lost }: BindParts): CallStep {
  async function look(): Promise<void> {
    const seen = await check()
    // No answer: the refusal of the call is all that is known.
    if (isSignedIn(seen) && seen.failure) lost()
  }

  return async function bindToUser(call, next) {
    if (isForAnybody(call)) return next(call)
    // Not the owner at the time of sending: the page may have gone on as somebody else by then.
    const owner = ownerOf(state())
    const send = () => next(bound(call, owner, state()))
    if (call.path === routes.events) return send()
    // It may have been resumed in another tab.
    if (state().status === 'ended') await check()
    const key = keyOf(state())
    const response = await send()
    if (response.status === 503) void check()
    const code = response.status === 401 ? (await problemOf(response))?.code : undefined
    // A stronger sign-in is asked for where the refusal is shown: the session itself goes on.
    if (code === undefined || code === 'step_up_required') return response
    await look()
    const now = state()
    if (now.status === 'signed-out') return response
    refuseOthers(owner, now)
    if (!canBeSentAgain(call.init.body)) return response
    if (isSignedIn(now)) return keyOf(now) === key ? response : send()
    return waits() && isWork(call) && (await calls.wait(call.init.signal)) ? send() : response
  }
}

/** What the user would lose. A call about the session itself is answered by its end. */
function isWork({ path, init }: OutgoingCall): boolean {
  return !path.startsWith('/auth/') && init.background !== true
}

/** @throws {ProblemError} unless the page is still that of the user who made the call */
function bound(call: OutgoingCall, owner: string | undefined, state: SessionState): OutgoingCall {
  refuseOthers(owner, state)
  const drawnFor = ownerOf(state)
  if (drawnFor === undefined) return call
  const headers = new Headers(call.init.headers)
  headers.set(ownerHeader, drawnFor)
  return { ...call, init: { ...call.init, headers } }
}

function refuseOthers(owner: string | undefined, state: SessionState): void {
  const isOver = state.status === 'ended' && state.reason === 'user-changed'
  if (isOver || (owner !== undefined && ownerOf(state) !== owner)) {
    throw new ProblemError({ kind: 'user-changed' })
  }
}

function ownerOf(state: SessionState): string | undefined {
  return knownView(state)?.session.owner
}

/** The look at the session and the sign-out serve whoever is there. */
function isForAnybody({ path, init }: OutgoingCall): boolean {
  const isLook = path === routes.session && (init.method ?? 'GET') === 'GET'
  return isLook || path.split('?')[0] === routes.logout
}
