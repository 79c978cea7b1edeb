import { Refusal } from './failure.ts'
import { failureToProblem } from './failure-to-problem.ts'

/** What a call to an API is answered with for what it threw. */
export function errorStatus(error: unknown): number {
  return error instanceof Refusal ? failureToProblem(error.failure, '').problem.status : 500
}

/** Its name for a metric or a span: a failure's kind, or nothing that was not foreseen. */
export function errorKind(error: unknown): string {
  return error instanceof Refusal ? error.failure.kind : 'unexpected'
}
