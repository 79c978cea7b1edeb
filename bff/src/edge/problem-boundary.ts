import { problem, problemMediaType } from '@strongroom/client'
import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal, type Failure } from '../base/failure.ts'
import { failureToProblem, type ProblemAnswer } from '../base/failure-to-problem.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** Turns what was thrown into an answer: a refusal into its problem, a surprise into a 500 that tells nothing. */
export function problemBoundary(telemetry: Telemetry): ErrorHandler {
  return function problemBoundary(error, c) {
    const requestId = c.get('requestId') as string
    if (error instanceof Refusal) {
      logFailedCall(telemetry, error.failure, requestId)
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
    return answer(c, failureToProblem({ kind: 'not-found' }, c.get('requestId') as string))
  }
}

/** For Hono's `methodNotAllowed`: the path is there, the method is not. */
export function notAllowed(c: Context, allow: readonly string[]): Response {
  return answer(c, failureToProblem({ kind: 'method-not-allowed', allow }, c.get('requestId') as string))
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
  telemetry.record({ name: 'call-failed', kind: failure.kind, detail: describeCause(failure.cause), requestId })
}

/** Where it happened, without the message: that may quote what was being read. */
function frames(error: Error): string {
  const stack = error.stack ?? ''
  return stack.slice(stack.indexOf('\n    at ') + 1)
}
