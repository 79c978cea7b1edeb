import { describeCause } from './describe-cause.ts'
import type { Failure, ProviderFailure } from './failure.ts'
import { PlainError } from './plain-error.ts'

/** Trouble of ours or of theirs that may pass: nothing is said of the token. */
export function notNow(why: string, retryAfterSeconds: number | null) {
  return {
    kind: 'provider-unreachable',
    cause: new PlainError(why),
    retryAfterSeconds,
  } as const satisfies ProviderFailure
}

/** Whether an answer came that means nothing. */
export function isMalformed(failure: Failure): boolean {
  return failure.kind === 'provider-unreachable' && failure.isMalformed === true
}

/** Whether to ask for something else would fail as well: what was answered, however wrong, is about what was asked. */
export function isOutage(
  failure: Failure,
): failure is Extract<Failure, { kind: 'provider-unreachable' }> {
  return failure.kind === 'provider-unreachable' && !isMalformed(failure)
}

/** What a log may tell of it. */
export function describeProviderFailure(failure: ProviderFailure): string {
  switch (failure.kind) {
    case 'refresh-refused':
    case 'client-refused':
      return failure.providerCode
    case 'provider-unreachable':
      return describeCause(failure.cause)
    case 'step-up-required':
      return 'the provider asks for a stronger sign-in'
  }
}
