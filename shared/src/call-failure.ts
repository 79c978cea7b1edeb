import type { Problem } from './problems.ts'
import type { Result } from './result.ts'

/**
 * Why a call brought nothing: Strongroom's own problem, an answer that it did not make, no answer at all, or another user
 * than the one the page was drawn for, in which case nothing was sent.
 */
export type CallFailure =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'unexpected-answer'; readonly status: number }
  | { readonly kind: 'no-answer'; readonly cause: unknown }
  | { readonly kind: 'user-changed' }

/** A {@link CallFailure} as something to throw, which is what libraries such as TanStack Query want. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly failure: CallFailure

  constructor(failure: CallFailure) {
    super(failure.kind === 'problem' ? failure.problem.title : failure.kind)
    this.failure = failure
  }
}

/**
 * Gives the value of a result, or throws its failure.
 *
 * @throws {ProblemError}
 * @example const { sessions } = unwrap(await bff.sessions())
 */
export function unwrap<T>(answer: Result<T, CallFailure>): T {
  if (!answer.ok) throw new ProblemError(answer.error)
  return answer.value
}

const endings: readonly unknown[] = ['unauthenticated', 'session_ended']

/** Whether Strongroom said that nobody is signed in any more. A 401 of the API itself is something else. */
export function saysSessionEnded(error: unknown): boolean {
  return (
    error instanceof ProblemError &&
    error.failure.kind === 'problem' &&
    endings.includes(error.failure.problem.code)
  )
}
