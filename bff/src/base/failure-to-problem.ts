import { problem, routes, type Problem } from '@strongroom/client'
import type { Failure, StepUpDemand } from './failure.ts'

/** A problem, and the headers that go with it. */
export interface ProblemAnswer {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
}

/** How long to wait when the provider did not say. */
const defaultRetryAfterSeconds = 5

/** Decides what the browser may know of a failure. No I/O. */
export function failureToProblem(failure: Failure, requestId: string): ProblemAnswer {
  const answer = (
    made: Problem,
    headers: Readonly<Record<string, string>> = {},
  ): ProblemAnswer => ({ problem: { ...made, requestId }, headers })

  switch (failure.kind) {
    case 'unauthenticated':
    case 'not-a-navigation':
      return answer(problem('unauthenticated', { login: routes.login }))
    case 'session-ended':
      return answer(problem('session_ended', { login: routes.login, reason: failure.end }))
    case 'owner-changed':
      return answer(
        problem('session_ended', {
          login: routes.login,
          detail: 'Somebody else is signed in now.',
        }),
      )
    case 'refresh-refused':
      return answer(problem('session_ended', { login: routes.login, reason: failure.kind }))
    case 'step-up-required':
      return answer(problem('step_up_required', stepUp(failure)))
    case 'csrf':
      return answer(problem('csrf', { detail: failure.reason }))
    case 'not-found':
      return answer(problem('not_found'))
    case 'method-not-allowed':
      return answer(problem('method_not_allowed'), { Allow: failure.allow.join(', ') })
    case 'malformed-request':
      return answer(problem('bad_request', { detail: failure.reason }))
    case 'body-too-large':
      return answer(problem('too_large'))
    case 'body-too-slow':
      return answer(problem('request_timeout'))
    case 'rate-limited':
      return answer(problem('rate_limited'), { 'Retry-After': String(failure.retryAfterSeconds) })
    case 'sign-in-refused':
    case 'sign-in-answered':
    case 'sign-in-unknown':
    case 'session-withheld':
    case 'sign-in-loop':
    case 'sign-in-invalid':
    case 'session-too-large':
      return answer(problem('bad_request', { detail: 'The sign-in could not be completed.' }))
    case 'connect-foreign':
      return answer(problem('csrf', { detail: 'The link was followed from another site.' }))
    case 'connect-refused':
    case 'connect-answered':
    case 'connect-another-user':
    case 'connect-session-over':
    case 'connect-unrefreshable':
    case 'connect-invalid':
      return answer(problem('bad_request', { detail: 'The grant was not connected.' }))
    case 'provider-unreachable':
      return answer(problem('provider_unavailable'), {
        'Retry-After': String(failure.retryAfterSeconds ?? defaultRetryAfterSeconds),
      })
    case 'client-refused':
      return answer(problem('provider_unavailable'), {
        'Retry-After': String(defaultRetryAfterSeconds),
      })
    case 'store-unreachable':
      return answer(problem('store_unavailable'), { 'Retry-After': '1' })
    case 'narrowing-refused':
      return answer(problem('upstream_unreachable', { detail: 'There is no token for this API.' }))
    case 'upstream-unreachable':
      return answer(problem('upstream_unreachable'))
    case 'nonce-wanted':
      return answer(
        problem('upstream_unreachable', {
          detail: 'The API did nothing yet, for want of a newer proof. Send the call again.',
        }),
      )
    case 'upstream-timeout':
      return answer(problem('upstream_timeout'))
  }
}

/** The demand as the standard's own parameters (RFC 9470 §3), and the sign-in that asks for it. */
function stepUp({ acrValues, maxAgeSeconds }: StepUpDemand): Partial<Problem> {
  const asked = {
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(maxAgeSeconds !== null && { max_age: maxAgeSeconds }),
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) query.set(name, String(value))
  return { ...asked, login: routes.login + (query.size > 0 ? `?${query.toString()}` : '') }
}
