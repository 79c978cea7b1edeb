import type { Failure } from '../base/failure.ts'

/** The provider's own code for a failure, or in words what came in its place. */
export function codeOf(failure: Failure): string {
  if ('providerCode' in failure) return failure.providerCode
  if (failure.kind === 'sign-in-invalid') {
    const { error } = (failure.cause ?? {}) as { error?: unknown }
    return typeof error === 'string' && /^\w{1,60}$/.test(error) ? error : 'something else'
  }
  return 'nothing that means anything'
}
