import type { CallFailure, ProblemCode, Result } from '@strongroom/client'
import { describeFailure } from './describe-failure.ts'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: CallError
  }
}

/** A `CallFailure` as something to throw, which is what TanStack Query wants. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly failure: CallFailure

  constructor(failure: CallFailure) {
    super(describeFailure(failure).title)
    this.failure = failure
  }
}

/** @throws {CallError} */
export function valueOrThrow<T>(answer: Result<T, CallFailure>): T {
  if (!answer.ok) throw new CallError(answer.error)
  return answer.value
}

const sessionEndings: readonly ProblemCode[] = ['unauthenticated', 'session_ended']

/** Whether Strongroom said that nobody is signed in any more. A 401 of the API itself is something else. */
export function saysSessionEnded(error: unknown): boolean {
  return (
    error instanceof CallError &&
    error.failure.kind === 'problem' &&
    sessionEndings.includes(error.failure.problem.code)
  )
}
