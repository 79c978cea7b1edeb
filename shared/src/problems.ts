import { problemTypePrefix } from './problem-type.ts'

interface ProblemKind {
  readonly status: number
  readonly title: string
  /** What the page should do about it. */
  readonly remedy: string
}

/**
 * Every problem that Strongroom itself answers with, by its stable `code`. What an upstream answers is passed
 * through untouched and is not in this list.
 */
export const problems = {
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    remedy: 'Offer a link to `login`.',
  },
  session_ended: {
    status: 401,
    title: 'The session has ended',
    remedy: 'Say so, keep what the user was typing, and offer a link to `login`.',
  },
  step_up_required: {
    status: 401,
    title: 'This wants a stronger or a fresh sign-in',
    remedy:
      'Send the same user to `login`, which asks for `acr_values` and `max_age` as they are named here, then repeat the call.',
  },
  csrf: {
    status: 403,
    title: 'The call did not come from this app',
    remedy: 'Send the header `X-CSRF: 1`, from a page of the same origin.',
  },
  bad_request: {
    status: 400,
    title: 'The request is malformed',
    remedy: 'Mend the request; repeating it will not help.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this address',
    remedy: 'Check the path.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method',
    remedy: 'Use a method from the `Allow` header.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    remedy: 'Send it again, at once.',
  },
  too_large: {
    status: 413,
    title: 'The request is too large',
    remedy: 'Send less at once.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for `Retry-After` seconds.',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The API can’t be reached',
    remedy: 'Try again later; the user is still signed in.',
  },
  upstream_timeout: {
    status: 504,
    title: 'The API took too long',
    remedy: 'Try again later; the user is still signed in.',
  },
  provider_unavailable: {
    status: 503,
    title: 'The sign-in service can’t be reached',
    remedy: 'Try again after `Retry-After` seconds; the user is still signed in.',
  },
  store_unavailable: {
    status: 503,
    title: 'The session store can’t be reached',
    remedy: 'Try again after `Retry-After` seconds; the user is still signed in.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong',
    remedy: 'Report the `requestId`.',
  },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems

/** The body of an `application/problem+json` answer of Strongroom (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail?: string | undefined
  readonly code: ProblemCode
  /** The line of the server's log that belongs to this answer. */
  readonly requestId?: string | undefined
  /** With a 401: the path to navigate to. Add `return_to`; with `step_up_required` it may have a query already. */
  readonly login?: string | undefined
  /** With `step_up_required`: the `acr` of the sign-in must be one of these, parted by spaces. */
  readonly acr_values?: string | undefined
  /** With `step_up_required`: how long ago the user may have signed in at the provider, in seconds. */
  readonly max_age?: number | undefined
  /** With `session_ended`: why, in the word that `session-ended` of the event stream has for it. */
  readonly reason?: string | undefined
}

export const problemMediaType = 'application/problem+json'

/** Makes a problem of a code: status and title come from the catalogue. */
export function problem(
  code: ProblemCode,
  members: Partial<Omit<Problem, 'type' | 'title' | 'code'>> = {},
): Problem {
  const { status, title } = problems[code]
  return { type: problemTypePrefix + code, status, title, code, ...members }
}
