import { listenForActivity } from './activity.ts'
import { bindToUser } from './bind-to-user.ts'
import type { BrowserSession, SessionOptions } from './browser-session.ts'
import { ProblemError, type CallFailure } from './call-failure.ts'
import type { BffClient } from './client.ts'
import type { StreamEvent } from './event-stream.ts'
import { comingEnd } from './expiry.ts'
import { followEvents } from './follow-events.ts'
import { listen, page } from './page.ts'
import type { Result } from './result.ts'
import { openBeside } from './resume.ts'
import { loginPath, routes } from './routes.ts'
import type { SessionView } from './schemas.ts'
import { serverClock } from './server-clock.ts'
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
import { tabChannel, type TabMessage } from './tab-channel.ts'
import { waitingCalls } from './waiting-calls.ts'

/** A session that was replaced by the same user's next one: the browser has its cookie a moment later. */
const replacedPauseMilliseconds = 1_500

/** An answer that took longer tells little of what time it is. */
const quickMilliseconds = 1_000

/** Focus, visibility and coming online often come together. */
const checkAgainMilliseconds = 500

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
  const calls = waitingCalls((waiting) => 'waiting' in state && become({ ...state, waiting }))
  const channel = tabChannel(client.baseUrl, hear)
  let state: SessionState = { status: 'loading', failure: null }
  /** When the newest of what is known was asked for. An answer that set out earlier is old news. */
  let knownAt = 0
  let askedAt = 0
  let followed: string | null = null
  let unfollow = () => {}
  let stops: (() => void)[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function become(next: SessionState): void {
    const before = state
    state = sameWhereEqual(before, next)
    if (state === before) return
    settle(before)
    if (stops.length > 0) follow()
    for (const listener of listeners) listener()
  }

  /** What the calls that wait have waited for. */
  function settle(before: SessionState): void {
    if (state.status === 'ended' && state.reason === 'user-changed') {
      calls.release(new ProblemError({ kind: 'user-changed' }))
    } else if (state.status === 'signed-out') calls.release(false)
    else if (isSignedIn(state)) {
      const earlier = knownView(before)
      const isAnother = earlier !== null && sessionKey(earlier) !== sessionKey(state.view)
      if (before.status === 'ended' || isAnother) calls.release(true)
    }
  }

  function take(view: SessionView, at: number): void {
    if (at < knownAt) return
    knownAt = at
    become(withExpiry(nextState(state, view, guessedReason())))
  }

  function guessedReason(): SessionEndReason {
    if (!isSignedIn(state)) return 'unknown'
    const end = comingEnd(state.view, 0)
    return clock.now() >= end.at - 1 ? end.reason : 'unknown'
  }

  /** The server can't say so, and need not. */
  function overByTheClock(): SessionState | null {
    if (!isSignedIn(state)) return null
    const { at, reason } = comingEnd(state.view, 0)
    return clock.now() > at + 1 ? endedState(state, state.view, reason, null) : null
  }

  function withExpiry(next: SessionState): SessionState {
    clearTimeout(timer)
    if (!isSignedIn(next)) return next
    const { at, reason, warnAt } = comingEnd(next.view, warnSeconds)
    const now = clock.now()
    const due = now < warnAt ? warnAt : at + 1
    if (stops.length > 0) timer = setTimeout(() => void check(), Math.max(1, due - now) * 1000)
    return { ...next, expiring: now < warnAt ? null : { at, reason } }
  }

  async function check(): Promise<SessionState> {
    const at = (askedAt = Date.now())
    const answer = await client.session({ background: true })
    if (answer.ok) {
      take(answer.value, at)
      channel.say({ type: 'view', view: answer.value, at })
    } else if (at >= knownAt && 'failure' in state) {
      become(overByTheClock() ?? withExpiry({ ...state, failure: answer.error }))
    }
    return state
  }

  function checkSoon(): void {
    if (Date.now() - askedAt >= checkAgainMilliseconds) void check()
  }

  function hear(message: TabMessage): void {
    if (message.type === 'view') take(message.view, message.at)
    else if (message.type === 'ended') end(message.key, message.reason)
    else void check()
  }

  /** The session of this name has ended, whoever says so. */
  function end(key: string, reason: SessionEndReason): void {
    const known = knownView(state)
    const isNews = isSignedIn(state) || (state.status === 'ended' && state.reason === 'unknown')
    if (!isNews || !known || sessionKey(known) !== key) return
    knownAt = Date.now()
    clearTimeout(timer)
    become(endedState(state, known, reason, null))
    if (reason === 'replaced' || reason === 'user-changed') {
      setTimeout(() => void check(), replacedPauseMilliseconds)
    }
  }

  function serverSays(key: string, { name, json }: StreamEvent): void {
    const reason =
      name === 'user-changed'
        ? name
        : ((json as { reason?: SessionEndReason } | null)?.reason ?? 'unknown')
    if (name !== 'session-ended' && name !== 'user-changed') return void check()
    channel.say({ type: 'ended', key, reason })
    end(key, reason)
  }

  /** One stream a session: another session needs another, none needs none. */
  function follow(): void {
    const key = isSignedIn(state) ? sessionKey(state.view) : null
    if (key === followed) return
    unfollow()
    followed = key
    unfollow =
      key === null
        ? () => {}
        : followEvents(client, {
            event: (event) => serverSays(key, event),
            opened: checkSoon,
            refused: () => void check(),
          })
  }

  function rest(): void {
    unfollow()
    followed = null
    channel.close()
  }

  function start(): void {
    stops = [
      listen(page, 'focus', checkSoon),
      listen(page, 'online', () => void check()),
      listen(page.document, 'visibilitychange', () => {
        if (page.document?.visibilityState === 'visible') checkSoon()
      }),
      // A page that holds a stream or a channel is not kept for the back button.
      listen(page, 'pagehide', rest),
      listen(page, 'pageshow', (event) => {
        channel.open()
        follow()
        if ((event as { persisted?: boolean }).persisted) void check()
      }),
      keepAlive ? listenForActivity(touchIfDue) : () => {},
    ]
    channel.open()
    void check()
  }

  function touchIfDue(): void {
    if (!isSignedIn(state)) return
    const { idleExpiresAt, idleSeconds, expiresAt } = state.view.session
    const idleFor = clock.now() - (idleExpiresAt - idleSeconds)
    if (idleExpiresAt < expiresAt && idleFor >= idleSeconds / 10) void staySignedIn()
  }

  let touching: ReturnType<BrowserSession['staySignedIn']> | null = null
  function staySignedIn(): ReturnType<BrowserSession['staySignedIn']> {
    return (touching ??= touch().finally(() => (touching = null)))
  }

  async function touch(): ReturnType<BrowserSession['staySignedIn']> {
    const at = Date.now()
    const answer = await client.touchSession()
    if (answer.ok) {
      take(answer.value, at)
      channel.say({ type: 'view', view: answer.value, at })
    } else if (answer.error.kind === 'problem' && answer.error.problem.status === 401) void check()
    return answer
  }

  client.use(async function sampleClock(call, next) {
    const sentAt = Date.now()
    const response = await next(call)
    const wasQuick = Date.now() - sentAt < quickMilliseconds
    if (call.path === routes.session && wasQuick) clock.sample(response.headers.get('Date'))
    return response
  })
  client.use(
    bindToUser({
      state: () => state,
      check,
      calls,
      waits: onSessionEnd === 'wait',
      lost: () => isSignedIn(state) && become(endedState(state, state.view, 'unknown', null)),
    }),
  )

  function left<T extends Result<unknown, CallFailure>>(answer: T): T {
    if (!answer.ok) return answer
    const known = knownView(state)
    knownAt = Date.now()
    become({ status: 'signed-out' })
    if (known) channel.say({ type: 'ended', key: sessionKey(known), reason: 'signed-out' })
    return answer
  }

  const resumePath: BrowserSession['resumePath'] = (parameters) =>
    client.baseUrl + loginPath(options.resumePath ?? '/signed-in', parameters)

  return {
    client,
    getSnapshot: () => state,
    subscribe(listener) {
      if (stops.length === 0) start()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    check,
    staySignedIn,
    signOut: async (logoutOptions) => left(await client.logout(logoutOptions)),
    signOutEverywhere: async () => left(await client.endAllSessions()),
    resumePath,
    resume: ({ open = openBeside, parameters } = {}) => open(resumePath(parameters)),
    abandon: () => calls.release(false),
    acceptUser() {
      knownAt = Date.now()
      become({ status: 'loading', failure: null })
      return check()
    },
    now: () => clock.now(),
    close() {
      for (const stop of stops) stop()
      stops = []
      clearTimeout(timer)
      rest()
    },
  }
}
