import type { CallFailure, Problem, ProblemCode } from '@strongroom/client'

export interface FailureText {
  readonly title: string
  readonly advice: string
}

/** Says a failure in plain words: what happened, and what the reader can do. No I/O. */
export function describeFailure(failure: CallFailure): FailureText {
  switch (failure.kind) {
    case 'no-answer':
      return {
        title: 'The server did not answer',
        advice: 'Check your connection, then try again.',
      }
    case 'user-changed':
      return {
        title: 'Somebody else is signed in now',
        advice: 'Nothing was sent in their name.',
      }
    case 'unexpected-answer':
      return describeStatus(failure.status)
    case 'problem':
      return describeProblem(failure.problem)
  }
}

/** Only the detail tells what is wrong with a request that nobody typed, such as a run of what was withdrawn in another tab. */
function describeProblem({ code, detail, title }: Problem): FailureText {
  return { title, advice: (code === 'bad_request' && detail) || adviceByCode[code] }
}

function describeStatus(status: number): FailureText {
  if (status === 401 || status === 403) {
    return {
      title: 'The API refused the call',
      advice: `It answered ${status}. You are still signed in.`,
    }
  }
  if (status === 404) {
    return { title: 'The API no longer has that', advice: 'It may have been deleted elsewhere.' }
  }
  if (status >= 500) {
    return { title: 'The API has a fault', advice: `It answered ${status}. Try again in a moment.` }
  }
  return { title: 'The answer made no sense', advice: `The status was ${status}.` }
}

const adviceByCode: Record<ProblemCode, string> = {
  unauthenticated: 'Sign in to carry on.',
  session_ended: 'Sign in to carry on.',
  step_up_required: 'Sign in once more to carry on.',
  csrf: 'Reload the page, then try again.',
  bad_request: 'Trying again will not help.',
  not_found: 'It may have been deleted elsewhere.',
  method_not_allowed: 'Trying again will not help.',
  request_timeout: 'Check your connection, then try again.',
  too_large: 'Send less at once.',
  rate_limited: 'Wait a moment, then try again.',
  upstream_unreachable: 'You are still signed in. Try again in a moment.',
  upstream_timeout: 'You are still signed in. Try again in a moment.',
  provider_unavailable: 'You are still signed in. Try again in a moment.',
  // Met even before it is known whether anybody is signed in.
  store_unavailable: 'Try again in a moment.',
  internal: 'Try again in a moment.',
}
