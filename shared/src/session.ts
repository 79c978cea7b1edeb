import { listenForActivity } from './activity.ts'
import { bindToUser } from './bind-to-user.ts'
import type { BrowserSession, SessionOptions } from './browser-session.ts'
import { ProblemError, type CallFailure } from './call-failure.ts'
import type { BffClient } from './client.ts'
import type { StreamEvent } from './event-stream.ts'
import { knownSession } from './known-session.ts'
import { listenToPage } from './page-signals.ts'
import type { Result } from './result.ts'
import { openBeside } from './resume.ts'
import { loginPath } from './routes.ts'
import type { SessionView } from './schemas.ts'
import { sampleClock } from './sample-clock.ts'
import { serverClock } from './server-clock.ts'
import { sessionStream } from './session-stream.ts'
import {
  isSignedIn,
  keyOf,
  successorMilliseconds,
  type SessionEndReason,
  type SessionState,
} from './session-state.ts'
import { tabChannel, type TabMessage } from './tab-channel.ts'
import { waitingCalls } from './waiting-calls.ts'

/** A look that takes longer has gone astray, such as on a connection that lost its other end. */
const lookMilliseconds = 30_000

/** Focus, visibility and the like often come together. */
const checkAgainMilliseconds = 500

/** A key press is no reason to ask again sooner when asking has just failed. */
const touchAgainMilliseconds = 15_000

/** A timer that is set for longer than 2^31 ms goes off at once. */
const longestTimerMilliseconds = 86_400_000

/**
 * Watches over the session of this page: who is signed in, across tabs and devices, and until when. From now on each call
 * of the client is bound to the user for whom the page was drawn.
 *
 * @example
 * const session = createSession(createBffClient())
 * session.subscribe(() => render(session.getSnapshot()))
 */
export function createSession(client: BffClient, options: SessionOptions = {}): BrowserSession {
  const { onSessionEnd = 'fail', warnSeconds = 120, keepAlive = true } = options
  const listeners = new Set<() => void>()
  const clock = serverClock()
  const channel = tabChannel(client.baseUrl, hear)
  const calls = waitingCalls((waiting) => known.setWaiting(waiting))
  const known = knownSession({ now: clock.now, warnSeconds, changed, askAfter })
  const { state } = known
  let stop: (() => void) | null = null
  /** Not while the page is left: nothing may be opened behind its back. */
  let isHere = false
  let askedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let touchFailedAt = 0
  let touching: ReturnType<BrowserSession['staySignedIn']> | null = null
  const stream = sessionStream(client, { event: serverSays, opened: lookSoon, refused: look })

  function changed(before: SessionState, now: SessionState): void {
    settle(before, now)
    if (isHere) stream.follow(keyOf(now))
    for (const listener of listeners) listener()
  }

  /** What the calls that wait have waited for. */
  function settle(before: SessionState, now: SessionState): void {
    if (now.status === 'ended' && now.reason === 'user-changed') {
      calls.release(new ProblemError({ kind: 'user-changed' }))
    } else if (now.status === 'signed-out') calls.release(false)
    else if (keyOf(now) !== null && keyOf(before) !== keyOf(now)) calls.release(true)
  }

  function askAfter(seconds: number | null): void {
    clearTimeout(timer)
    if (seconds === null || !stop) return
    timer = setTimeout(look, Math.min(seconds * 1000, longestTimerMilliseconds))
  }

  async function check(): Promise<SessionState> {
    askedAt = Date.now()
    const astray = new AbortController()
    const giveUp = setTimeout(() => astray.abort(), lookMilliseconds)
    await heard(client.session({ background: true, signal: astray.signal }))
    clearTimeout(giveUp)
    return state()
  }

  function look(): void {
    void check()
  }

  function lookSoon(): void {
    if (!isJustNow(askedAt, checkAgainMilliseconds)) look()
  }

  /** What one tab is answered, all know. */
  async function heard<T extends Result<SessionView, CallFailure>>(asked: Promise<T>): Promise<T> {
    const at = Date.now()
    const answer = await asked
    if (answer.ok) {
      known.take(answer.value, at)
      channel.say({ type: 'view', view: answer.value, at })
    } else known.fail(answer.error, at)
    return answer
  }

  function hear(message: TabMessage): void {
    if (message.type === 'view') known.take(message.view, message.at)
    else if (message.type === 'ended') end(message.key, message.reason)
    else look()
  }

  function end(key: string, reason: SessionEndReason): void {
    // The same user goes on in a new session, so nothing has ended for who looks at this page.
    const isNews = reason === 'replaced' ? keyOf(state()) === key : known.end(key, reason)
    // Somebody may have signed in meanwhile, in a tab that told nobody.
    if (isNews) setTimeout(() => stop && look(), successorMilliseconds)
  }

  function serverSays(key: string, { name, json }: StreamEvent): void {
    if (name !== 'session-ended' && name !== 'user-changed') return look()
    const told = json as { readonly reason?: SessionEndReason } | null
    const reason = name === 'user-changed' ? name : (told?.reason ?? 'unknown')
    channel.say({ type: 'ended', key, reason })
    end(key, reason)
  }

  function start(): () => void {
    // A page that holds a stream or a channel is not kept for the back button.
    const leave = () => {
      isHere = false
      stream.follow(null)
      channel.close()
    }
    const arrive = () => {
      isHere = true
      channel.open()
      stream.follow(keyOf(state()))
    }
    const deaf = listenToPage({ look, lookSoon, leave, arrive })
    const idle = keepAlive ? listenForActivity(touchIfDue) : () => {}
    arrive()
    look()
    return () => {
      deaf()
      idle()
      leave()
      clearTimeout(timer)
    }
  }

  function touchIfDue(): void {
    const now = state()
    if (!isSignedIn(now) || isJustNow(touchFailedAt, touchAgainMilliseconds)) return
    const { idleExpiresAt, idleSeconds, expiresAt } = now.view.session
    const idleFor = clock.now() - (idleExpiresAt - idleSeconds)
    if (idleExpiresAt < expiresAt && idleFor >= idleSeconds / 10) void staySignedIn()
  }

  function staySignedIn(): ReturnType<BrowserSession['staySignedIn']> {
    return (touching ??= touch().finally(() => (touching = null)))
  }

  async function touch(): ReturnType<BrowserSession['staySignedIn']> {
    const answer = await heard(client.touchSession())
    if (!answer.ok) touchFailedAt = Date.now()
    if (!answer.ok && answer.error.kind === 'problem') look()
    return answer
  }

  /** Where nobody listens, nobody offers to sign in again. */
  function waits(): boolean {
    return onSessionEnd === 'wait' && stop !== null && listeners.size > 0
  }

  function lost(): void {
    end(keyOf(state()) ?? '', 'unknown')
  }

  async function leave<T extends Result<unknown, CallFailure>>(send: () => Promise<T>): Promise<T> {
    const key = keyOf(state())
    known.setLeaving(key !== null)
    const answer = await send().finally(() => known.setLeaving(false))
    if (!answer.ok) return answer
    known.forget({ status: 'signed-out' })
    if (key !== null) channel.say({ type: 'ended', key, reason: 'signed-out' })
    return answer
  }

  const resumePath: BrowserSession['resumePath'] = (parameters) =>
    client.baseUrl + loginPath(options.resumePath ?? '/signed-in', parameters)

  client.use(sampleClock(clock))
  client.use(bindToUser({ state, check, calls, waits, lost }))

  return {
    client,
    getSnapshot: state,
    subscribe(listener) {
      listeners.add(listener)
      stop ??= start()
      return () => listeners.delete(listener)
    },
    check,
    askProvider: () => heard(client.checkSession()),
    staySignedIn,
    signOut: (logoutOptions) => leave(() => client.logout(logoutOptions)),
    signOutEverywhere: (endOptions) => leave(() => client.endAllSessions(endOptions)),
    resumePath,
    resume: ({ open = openBeside, parameters } = {}) => open(resumePath(parameters)),
    abandon: () => calls.release(false),
    acceptUser() {
      known.forget({ status: 'loading', failure: null })
      return check()
    },
    now: clock.now,
    close() {
      stop?.()
      stop = null
      calls.release(false)
    },
  }
}

/** A clock that was set back makes of nothing a thing of the future. */
function isJustNow(at: number, milliseconds: number): boolean {
  return Math.abs(Date.now() - at) < milliseconds
}
