import { ProblemError, type CallFailure } from './call-failure.ts'
import { parseProblem } from './parse-problem.ts'
import { patiently, type Patience } from './patiently.ts'
import type { GrantList, GrantRun, WithdrawnGrant } from './grants.ts'
import {
  readGrantList,
  readGrantRun,
  readLogoutAnswer,
  readNothing,
  readSessionList,
  readSessionView,
  readWithdrawnGrant,
} from './readers.ts'
import { err, ok, type Result } from './result.ts'
import { backgroundHeader, csrfHeader, grantPath, grantRunPath, routes } from './routes.ts'
import type { LogoutAnswer, SessionList, SessionView } from './schemas.ts'

export interface BffClientOptions {
  /** @default the page's `fetch` */
  readonly fetch?: typeof fetch
  /** Origin of Strongroom. @default '' (the page's own) */
  readonly baseUrl?: string
  /**
   * A call that Strongroom refuses for the moment (`provider_unavailable`, `store_unavailable`, `rate_limited`) is sent
   * again when `Retry-After` has passed, if sending it twice does no harm.
   *
   * @default { times: 2, maxWaitSeconds: 10 }
   */
  readonly patience?: Patience
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** The call was not caused by the user: it does not keep an idle session alive. @default false */
  readonly background?: boolean
}

export interface CallInit extends RequestInit {
  /** The call was not caused by the user: it does not keep an idle session alive. @default false */
  readonly background?: boolean
  /** Whether it may be sent twice. @default true for GET, HEAD, PUT and DELETE */
  readonly repeatable?: boolean
}

export interface LogoutOptions extends CallOptions {
  /** Where the way ends, over the provider and back. @default '/' */
  readonly returnTo?: string
}

/** A call on its way out: `path` as it was asked for, all headers set. */
export interface OutgoingCall {
  readonly path: string
  readonly init: CallInit & { readonly headers: Headers }
}

/** Something around every call, such as a log: sends it by `next`, or not, or twice. */
export type CallStep = (
  call: OutgoingCall,
  next: (call: OutgoingCall) => Promise<Response>,
) => Promise<Response>

export interface EndAllOptions extends CallOptions {
  /** Withdraw the user's offline grants as well, so that nothing goes on without them. @default false */
  readonly withdrawGrants?: boolean
}

export interface RunGrantOptions extends CallOptions {
  readonly job?: string
}

export interface BffClient {
  /** Where its calls go: '' for the page's own origin. */
  readonly baseUrl: string
  /** Who is signed in, and until when. */
  session(options?: CallOptions): Promise<Result<SessionView, CallFailure>>
  /**
   * Has the provider asked now whether the session is good still: `check` in the answer says what it said, and when. One that is
   * `inactive` has ended.
   */
  checkSession(options?: CallOptions): Promise<Result<SessionView, CallFailure>>
  /** Says that the user is there, which puts off the end of an idle session. */
  touchSession(options?: CallOptions): Promise<Result<SessionView, CallFailure>>
  /** The user's own sessions, on all their devices. */
  sessions(options?: CallOptions): Promise<Result<SessionList, CallFailure>>
  /** Ends one of them by its `id`. */
  endSession(id: string, options?: CallOptions): Promise<Result<null, CallFailure>>
  /** Ends them all, this one too. */
  endAllSessions(options?: EndAllOptions): Promise<Result<null, CallFailure>>
  /** What the app may do while the user is away, and what it did. */
  grants(options?: CallOptions): Promise<Result<GrantList, CallFailure>>
  /** Has its jobs run now, or the one of them that is named. What comes of it is told by `grants`. */
  runGrant(name: string, options?: RunGrantOptions): Promise<Result<GrantRun, CallFailure>>
  /** Takes one of them back, by its `name`: here at once, and at the provider. To connect one is a link: `grantConnectPath`. */
  withdrawGrant(name: string, options?: CallOptions): Promise<Result<WithdrawnGrant, CallFailure>>
  /**
   * Ends the session. Navigate to `location` afterwards, so that the provider's own session can end too; the way ends at
   * `returnTo`, a path of this origin.
   */
  logout(options?: LogoutOptions): Promise<Result<LogoutAnswer, CallFailure>>
  /**
   * `fetch` with the CSRF header, for paths such as `/api/notes`. Answers as `fetch` does.
   *
   * @throws {ProblemError} of the kind `user-changed`, when a session object watches over the client; nothing was sent
   */
  fetch(path: string, init?: CallInit): Promise<Response>
  /**
   * The same for JSON, as a result.
   *
   * @param read  makes a value of the answer's JSON (`null` for none), or `undefined` if it has another shape
   * @example const notes = await bff.call('/api/notes', {}, readNotes)
   */
  call<T>(
    path: string,
    init: CallInit,
    read: (json: unknown) => T | undefined,
  ): Promise<Result<T, CallFailure>>
  /** Puts a step around every call from now on, outside of those before it. */
  use(step: CallStep): void
}

/**
 * A client of one Strongroom. It never navigates, never stores anything, and never sees a token.
 *
 * @example
 * const bff = createBffClient()
 * const session = await bff.session()
 * if (session.ok && session.value.authenticated) greet(session.value.user)
 */
export function createBffClient({
  fetch: fetchGiven,
  baseUrl = '',
  patience = { times: 2, maxWaitSeconds: 10 },
}: BffClientOptions = {}): BffClient {
  let send = ({ path, init }: OutgoingCall): Promise<Response> => {
    const { background: _, repeatable: __, ...rest } = init
    const once = () =>
      (fetchGiven ?? fetch)(baseUrl + path, { credentials: 'same-origin', ...rest })
    return isRepeatable(init) ? patiently(once, patience, init.signal) : once()
  }

  function call(path: string, init: CallInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set(csrfHeader.name, csrfHeader.value)
    if (init.background) headers.set(backgroundHeader.name, backgroundHeader.value)
    return send({ path, init: { ...init, headers } })
  }

  const read: BffClient['call'] = async (path, init, readValue) => {
    try {
      const response = await call(path, init)
      const json: unknown = await response.json().catch(() => null)
      const problem = response.ok ? null : parseProblem(json)
      if (problem) return err({ kind: 'problem', problem })
      const value = response.ok ? readValue(json) : undefined
      return value === undefined
        ? err({ kind: 'unexpected-answer', status: response.status })
        : ok(value)
    } catch (cause) {
      return err(cause instanceof ProblemError ? cause.failure : { kind: 'no-answer', cause })
    }
  }

  return {
    baseUrl,
    session: (options) => read(routes.session, { ...options }, readSessionView),
    checkSession: (options) =>
      read(routes.session + '?check=provider', { ...options }, readSessionView),
    touchSession: (options) =>
      read(routes.session, { ...options, method: 'POST', repeatable: true }, readSessionView),
    sessions: (options) => read(routes.sessions, { ...options }, readSessionList),
    endSession: (id, options) =>
      read(
        `${routes.sessions}/${encodeURIComponent(id)}`,
        { ...options, method: 'DELETE' },
        readNothing,
      ),
    endAllSessions: ({ withdrawGrants, ...options } = {}) =>
      read(
        routes.sessions + (withdrawGrants ? '?grants=withdraw' : ''),
        { ...options, method: 'DELETE' },
        readNothing,
      ),
    grants: (options) => read(routes.grants, { ...options }, readGrantList),
    runGrant: (name, { job, ...options } = {}) =>
      read(grantRunPath(name, job), { ...options, method: 'POST' }, readGrantRun),
    withdrawGrant: (name, options) =>
      read(grantPath(name), { ...options, method: 'DELETE' }, readWithdrawnGrant),
    async logout({ returnTo, ...options } = {}) {
      const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
      const path = routes.logout + query
      const answer = await read(path, { ...options, method: 'POST' }, readLogoutAnswer)
      // The answer to a sign-out of nobody clears what the browser has cached. That may take a while, so nobody waits for it.
      if (answer.ok) call(routes.logout, { method: 'POST', keepalive: true }).catch(() => {})
      return answer
    },
    fetch: call,
    call: read,
    use(step) {
      const next = send
      send = (outgoing) => step(outgoing, next)
    },
  }
}

const harmless: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE']

function isRepeatable({ method = 'GET', body, repeatable }: CallInit): boolean {
  return canBeSentAgain(body) && (repeatable ?? harmless.includes(method.toUpperCase()))
}

/** A stream is gone once it was sent. */
export function canBeSentAgain(body: unknown): boolean {
  return !(body instanceof ReadableStream)
}
