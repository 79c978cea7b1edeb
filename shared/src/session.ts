import { listenForActivity } from './activity.ts'
import { ProblemError, type CallFailure } from './call-failure.ts'
import { canBeSentAgain, type BffClient, type LogoutOptions, type OutgoingCall } from './client.ts'
import type { StreamEvent } from './event-stream.ts'
import { comingEnd } from './expiry.ts'
import { followEvents } from './follow-events.ts'
import { listen, page } from './page.ts'
import { problemOf } from './patiently.ts'
import type { Result } from './result.ts'
import { loginPath, ownerHeader, routes, type LoginParameter } from './routes.ts'
import type { LogoutAnswer, SessionView } from './schemas.ts'
import { serverClock } from './server-clock.ts'
import {
  endedState,
  isSignedIn,
  knownView,
  nextState,
  sessionKey,
  type SessionEndReason,
  type SessionState,
} from './session-state.ts'
import { tabChannel, type TabMessage } from './tab-channel.ts'
import { waitingCalls } from './waiting-calls.ts'

export interface SessionOptions {
  /**
   * What becomes of a call that finds the session over. `fail`: it answers as the server did. `wait`: it waits until the
   * same user has signed in again, and is then sent once more. @default 'fail'
   */
  readonly onSessionEnd?: 'fail' | 'wait'
  /** How long before its end the session is `expiring`, at most a quarter of the idle time. @default 120 */
  readonly warnSeconds?: number
  /** Whether keys and pointer keep the session alive, by one call in a tenth of the idle time. @default true */
  readonly keepAlive?: boolean
  /**
   * The page of the app where a sign-in in a pop-up ends: it calls `finishResume()`. @default '/signed-in'
   */
  readonly resumePath?: string
}

export interface ResumeOptions {
  /**
   * Opens the sign-in, and says whether that was let through. @default a pop-up, else a tab
   */
  readonly open?: (path: string) => boolean
  /** For the provider, such as `acr_values` or `max_age`. */
  readonly parameters?: Partial<Record<LoginParameter, string>>
}

/** The session of this page, kept up to date. Shaped for React's `useSyncExternalStore`, and for anything else. */
export interface BrowserSession {
  /** The client whose calls it watches over. */
  readonly client: BffClient
  /** The state as it is now: the same object until something has changed. */
  getSnapshot(): SessionState
  /** The first listener starts it: it reads the session and listens for what happens to it. @returns stops listening */
  subscribe(listener: () => void): () => void
  /** Asks the server now. Never extends the session. */
  check(): Promise<SessionState>
  /** Puts off the idle end. */
  staySignedIn(): Promise<Result<SessionView, CallFailure>>
  /** Ends the session, and tells the other tabs. Navigate to `location` afterwards. */
  signOut(options?: LogoutOptions): Promise<Result<LogoutAnswer, CallFailure>>
  /** Ends all sessions of the user, on every device, and tells the other tabs. */
  signOutEverywhere(): Promise<Result<null, CallFailure>>
  /** The path to open for a sign-in beside this page, in a pop-up or a tab. */
  resumePath(parameters?: Partial<Record<LoginParameter, string>>): string
  /**
   * Opens a sign-in beside this page, which stays as it is. To be called in a click. Calls that wait are sent when the same
   * user has signed in.
   *
   * @returns whether it was let through; if not, show a link to `resumePath()` with `target="_blank"`
   */
  resume(options?: ResumeOptions): boolean
  /** Lets the calls that wait fail as the server answered them. */
  abandon(): void
  /** Goes on as the user who is signed in now: for a page that has put away what belonged to the one before. */
  acceptUser(): Promise<SessionState>
  /** Seconds since the epoch by the server's clock, with fractions. */
  now(): number
  /** Stops all it does by itself. */
  close(): void
}

/** A session that was replaced by the same user's next one: the browser has its cookie a moment later. */
const replacedPauseMilliseconds = 1_500

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
    if (JSON.stringify(next) === JSON.stringify(state)) return
    const before = state
    state = next
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
      become(withExpiry({ ...state, failure: answer.error }))
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
    if (!isSignedIn(state) || !known || sessionKey(known) !== key) return
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
      listen(page, 'online', checkSoon),
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

  client.use(async function bindToUser(call, next) {
    if (isAboutSession(call)) {
      const response = await next(call)
      clock.sample(response.headers.get('Date'))
      return response
    }
    if (call.path === routes.events) return next(call)
    if (state.status === 'ended' && state.reason !== 'user-changed') await check()
    const response = await next(bound(call))
    const code = response.status === 401 ? (await problemOf(response))?.code : undefined
    if (code === undefined) return response
    const key = sessionKeyNow()
    if (code !== 'step_up_required') await check()
    const repeatable = canBeSentAgain(call.init.body)
    if (state.status === 'ended' && state.reason === 'user-changed') bound(call)
    const isBack = code !== 'step_up_required' && isSignedIn(state)
    if (isBack) return repeatable && sessionKeyNow() !== key ? next(bound(call)) : response
    if (onSessionEnd === 'fail' || !repeatable || state.status === 'signed-out') return response
    return (await calls.wait(call.init.signal)) ? next(bound(call)) : response
  })

  function sessionKeyNow(): string | null {
    return isSignedIn(state) ? sessionKey(state.view) : null
  }

  /** @throws {ProblemError} when somebody else is signed in by now */
  function bound(call: OutgoingCall): OutgoingCall {
    if (state.status === 'ended' && state.reason === 'user-changed') {
      throw new ProblemError({ kind: 'user-changed' })
    }
    const headers = new Headers(call.init.headers)
    const known = knownView(state)
    if (known) headers.set(ownerHeader, known.session.owner)
    return { ...call, init: { ...call.init, headers } }
  }

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

/** The look at the session and the sign-out serve whoever is there. */
function isAboutSession({ path, init }: OutgoingCall): boolean {
  const isLook = path === routes.session && (init.method ?? 'GET') === 'GET'
  return isLook || path.split('?')[0] === routes.logout
}

function openBeside(path: string): boolean {
  const opened =
    page.open?.(path, 'strongroom-sign-in', 'popup,width=480,height=720') ??
    page.open?.(path, '_blank')
  return (opened ?? null) !== null
}

/**
 * For the page where a sign-in in a pop-up ends (`resumePath`): tells the page that opened it, and closes the window where
 * the browser lets it. What it shows is for where it doesn't: "You are signed in. You may close this window."
 */
export function finishResume(baseUrl = ''): void {
  const channel = tabChannel(baseUrl, () => {})
  channel.open()
  channel.say({ type: 'look' })
  // Closing takes what was said along, if it has not been delivered.
  setTimeout(() => {
    channel.close()
    page.close?.()
  }, 300)
}
