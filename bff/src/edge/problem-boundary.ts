import { csrfHeader, problem, problemMediaType } from '@strongroom/client'
import type { Context, ErrorHandler, HonoRequest, NotFoundHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { describeCause, framesOf } from '../base/describe-cause.ts'
import { ConnectRefusal, Refusal, SignInRefusal, type Failure } from '../base/failure.ts'
import { failureToSignInProblem } from '../base/failure-to-sign-in-problem.ts'
import { failureToProblem, type ProblemAnswer } from '../base/failure-to-problem.ts'
import { setHeaders, type AnswerHeaders } from './security-headers.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { comeAgainPage } from './come-again-page.ts'
import { connectFailedPage } from './connect-failed-page.ts'
import { signInLoopPage } from './sign-in-loop-page.ts'
import { leadsSomewhere } from './navigation.ts'
import { rateLimitedPage } from './rate-limited-page.ts'
import { signInFailedPage } from './sign-in-failed-page.ts'

/** Turns what was thrown into an answer: a refusal into its problem or its page, a surprise into a 500 that tells nothing. */
export function problemBoundary(
  telemetry: Telemetry,
  signInFailedPath: string | null,
  answerHeaders: () => AnswerHeaders,
): ErrorHandler {
  return async function problemBoundary(error, c) {
    const response = await answerTo(error, c)
    // A call to an API is refused before `withHeaders` has a look at it.
    setHeaders(response, requestIdOf(c), answerHeaders())
    return response
  }

  function answerTo(error: Error, c: Context): Response | Promise<Response> {
    const requestId = requestIdOf(c)
    if (error instanceof SignInRefusal) {
      logFailedSignIn(telemetry, error.failure, requestId)
      return answerSignIn(c, error, signInFailedPath, requestId)
    }
    if (error instanceof ConnectRefusal) {
      const { failure } = error
      const detail = detailOf(failure)
      telemetry.record({ name: 'grant-connect-failed', kind: failure.kind, detail, requestId })
      return connectFailedPage(c, error, requestId)
    }
    if (error instanceof Refusal) {
      logFailedCall(telemetry, error.failure, requestId)
      if (error.failure.kind === 'rate-limited' && isPerson(c.req)) {
        return rateLimitedPage(c, error.failure.retryAfterSeconds, requestId)
      }
      return answer(c, failureToProblem(error.failure, requestId))
    }
    telemetry.record({
      name: 'unexpected-error',
      detail: describeCause(error),
      stack: framesOf(error),
      requestId,
    })
    return answer(c, { problem: problem('internal', { requestId }), headers: {} })
  }
}

/** What keeps a loop from going on is always a page of ours: an app's own route might turn another round. */
function answerSignIn(
  c: Context,
  refusal: SignInRefusal,
  signInFailedPath: string | null,
  requestId: string,
): Response | Promise<Response> {
  const { failure, returnTo } = refusal
  if (failure.kind === 'session-withheld') return comeAgainPage(c, failure.answered, requestId)
  if (failure.kind === 'sign-in-loop') return signInLoopPage(c, refusal, requestId)
  if (signInFailedPath === null) return signInFailedPage(c, failure, returnTo, requestId)
  const code = failureToSignInProblem(failure)
  const query = new URLSearchParams({ problem: code, return_to: returnTo, request_id: requestId })
  return c.redirect(`${signInFailedPath}?${query.toString()}`, 303)
}

export function notFound(): NotFoundHandler {
  return function notFound(c) {
    return answer(c, failureToProblem({ kind: 'not-found' }, requestIdOf(c)))
  }
}

/** For Hono's `methodNotAllowed`: the path is there, the method is not. */
export function notAllowed(c: Context, allow: readonly string[]): Response {
  return answer(c, failureToProblem({ kind: 'method-not-allowed', allow }, requestIdOf(c)))
}

/** Whether somebody will see the answer. Script of ours gives itself away even where the browser says nothing. */
function isPerson(request: HonoRequest): boolean {
  return leadsSomewhere(request) && request.header(csrfHeader.name) === undefined
}

function requestIdOf(c: Context<{ Variables: RequestIdVariables }>): string {
  return c.var.requestId
}

function answer(c: Context, { problem, headers }: ProblemAnswer): Response {
  return c.body(JSON.stringify(problem), problem.status as 400, {
    ...headers,
    'Content-Type': problemMediaType,
    'Cache-Control': 'no-store',
  })
}

function logFailedSignIn(
  telemetry: Telemetry,
  failure: SignInRefusal['failure'],
  requestId: string,
): void {
  const { kind } = failure
  // Nothing has failed yet: the browser comes again.
  if (kind === 'session-withheld') return
  telemetry.record(
    kind === 'sign-in-loop'
      ? { name: kind, rounds: failure.rounds, requestId }
      : { name: 'sign-in-failed', kind, detail: detailOf(failure), requestId },
  )
}

/** Only what an operator can do something about, or an attack may be behind; that nobody is signed in is no news. */
function logFailedCall(telemetry: Telemetry, failure: Failure, requestId: string): void {
  const { kind } = failure
  if (kind === 'csrf' || kind === 'owner-changed' || kind === 'not-a-navigation')
    return telemetry.record({ name: 'request-refused', reason: kind, requestId })
  if (!('cause' in failure)) return
  telemetry.record({
    name: 'call-failed',
    kind: failure.kind,
    detail: detailOf(failure),
    requestId,
  })
}

function detailOf(failure: Failure): string {
  if ('cause' in failure) return describeCause(failure.cause)
  if ('providerCode' in failure) return failure.providerCode
  return 'bytes' in failure ? `${failure.bytes} bytes of cookie` : ''
}
