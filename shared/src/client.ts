import * as z from 'zod/mini'
import { grantRunPath, grantRunSchema, type GrantRun } from './grant-run.ts'
import {
  grantListSchema,
  grantPath,
  withdrawnGrantSchema,
  type GrantList,
  type WithdrawnGrant,
} from './grants.ts'
import { parseProblem, type Problem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { backgroundHeader, csrfHeader, routes } from './routes.ts'
import {
  logoutAnswerSchema,
  sessionListSchema,
  sessionViewSchema,
  type LogoutAnswer,
  type SessionList,
  type SessionView,
} from './schemas.ts'

/** Why a call brought nothing: Strongroom's own problem, an answer that it did not make, or no answer at all. */
export type CallFailure =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'unexpected-answer'; readonly status: number }
  | { readonly kind: 'no-answer'; readonly cause: unknown }

export interface BffClientOptions {
  /** @default the page's `fetch` */
  readonly fetch?: typeof fetch
  /** Origin of Strongroom. @default '' (the page's own) */
  readonly baseUrl?: string
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** The call was not caused by the user: it does not keep an idle session alive. @default false */
  readonly background?: boolean
}

export interface LogoutOptions extends CallOptions {
  /** Where the way ends, over the provider and back. @default '/' */
  readonly returnTo?: string
}

export interface EndAllOptions extends CallOptions {
  /** Withdraw the user's offline grants as well, so that nothing goes on without them. @default false */
  readonly withdrawGrants?: boolean
}

export interface RunGrantOptions extends CallOptions {
  readonly job?: string
}

export interface BffClient {
  /** Who is signed in, and until when. */
  session(options?: CallOptions): Promise<Result<SessionView, CallFailure>>
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
  /** `fetch` with the CSRF header, for paths such as `/api/notes`. Answers as `fetch` does. */
  fetch(path: string, init?: RequestInit & { readonly background?: boolean }): Promise<Response>
}

/**
 * A client of one Strongroom. It never navigates, never stores anything, and never sees a token.
 *
 * @example
 * const bff = createBffClient()
 * const session = await bff.session()
 * if (session.ok && session.value.authenticated) greet(session.value.user)
 */
export function createBffClient(options: BffClientOptions = {}): BffClient {
  const baseUrl = options.baseUrl ?? ''

  async function call(
    path: string,
    init: RequestInit & { readonly background?: boolean } = {},
  ): Promise<Response> {
    const { background = false, ...rest } = init
    const headers = new Headers(rest.headers)
    headers.set(csrfHeader.name, csrfHeader.value)
    if (background) headers.set(backgroundHeader.name, backgroundHeader.value)
    const fetchNow = options.fetch ?? fetch
    return fetchNow(`${baseUrl}${path}`, { credentials: 'same-origin', ...rest, headers })
  }

  async function read<S extends z.ZodMiniType>(
    schema: S,
    path: string,
    init: RequestInit & { readonly background?: boolean },
  ): Promise<Result<z.output<S>, CallFailure>> {
    try {
      const response = await call(path, init)
      const json: unknown = await response.json().catch(() => null)
      const found = response.ok ? null : parseProblem(json)
      if (found) return err({ kind: 'problem', problem: found })
      const parsed = schema.safeParse(json)
      return response.ok && parsed.success
        ? ok(parsed.data)
        : err({ kind: 'unexpected-answer', status: response.status })
    } catch (cause) {
      return err({ kind: 'no-answer', cause })
    }
  }

  return {
    session: (callOptions) => read(sessionViewSchema, routes.session, { ...callOptions }),
    sessions: (callOptions) => read(sessionListSchema, routes.sessions, { ...callOptions }),
    endSession: (id, callOptions) =>
      read(z.null(), `${routes.sessions}/${encodeURIComponent(id)}`, remove(callOptions)),
    endAllSessions: ({ withdrawGrants = false, ...callOptions } = {}) =>
      read(
        z.null(),
        `${routes.sessions}${withdrawGrants ? '?grants=withdraw' : ''}`,
        remove(callOptions),
      ),
    grants: (callOptions) => read(grantListSchema, routes.grants, { ...callOptions }),
    runGrant: (name, { job, ...callOptions } = {}) =>
      read(grantRunSchema, grantRunPath(name, job), { ...callOptions, method: 'POST' }),
    withdrawGrant: (name, callOptions) =>
      read(withdrawnGrantSchema, grantPath(name), remove(callOptions)),
    async logout({ returnTo, ...callOptions } = {}) {
      const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
      const path = `${routes.logout}${query}`
      const answer = await read(logoutAnswerSchema, path, { ...callOptions, method: 'POST' })
      // The answer to a sign-out of nobody clears what the browser has cached. That may take a while, so nobody waits for it.
      if (answer.ok) void call(routes.logout, { method: 'POST', keepalive: true }).catch(() => {})
      return answer
    },
    fetch: call,
  }
}

function remove(callOptions: CallOptions | undefined): RequestInit {
  return { ...callOptions, method: 'DELETE' }
}
