import { csrfHeader, problem, problemMediaType } from '@strongroom/client'
import type { Context, ErrorHandler, HonoRequest, NotFoundHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal, SignInRefusal, type Failure } from '../base/failure.ts'
import { failureToProblem, type ProblemAnswer } from '../base/failure-to-problem.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { isNavigation } from './navigation.ts'
import { rateLimitedPage } from './rate-limited-page.ts'
import { signInFailedPage } from './sign-in-failed-page.ts'

/** Turns what was thrown into an answer: a refusal into its problem or its page, a surprise into a 500 that tells nothing. */
export function problemBoundary(telemetry: Telemetry): ErrorHandler {
  return function problemBoundary(error, c) {
    const requestId = requestIdOf(c)
    if (error instanceof SignInRefusal) {
      const { failure } = error
      telemetry.record({
        name: 'sign-in-failed',
        kind: failure.kind,
        detail: detailOf(failure),
        requestId,
      })
      return signInFailedPage(c, error, requestId)
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
      stack: frames(error),
      requestId,
    })
    return answer(c, { problem: problem('internal', { requestId }), headers: {} })
  }
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
  return isNavigation(request) && request.header(csrfHeader.name) === undefined
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

/** Only what an operator can do something about; that nobody is signed in is no news. */
function logFailedCall(telemetry: Telemetry, failure: Failure, requestId: string): void {
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
  // The `error` of a callback is whatever a link says it is.
  if ('providerCode' in failure) return failure.providerCode.slice(0, 100)
  return 'bytes' in failure ? `${failure.bytes} bytes of cookie` : ''
}

/** Where it happened, without the message: that may quote what was being read. */
function frames(error: Error): string {
  const stack = error.stack ?? ''
  return stack.slice(stack.indexOf('\n    at ') + 1)
}
