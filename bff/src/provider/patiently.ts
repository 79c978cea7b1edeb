import { err, type Result } from '@strongroom/client'
import type { ProviderFailure } from '../base/failure.ts'
import { PlainError } from '../base/plain-error.ts'
import { within } from '../base/within.ts'

/** How long a person who signs in waits for the provider: then a page that says so is better than a blank one. */
const patienceSeconds = 8

/**
 * What the provider says in time, or that it can't be reached. Tokens that come later are let go and not revoked: some
 * providers withdraw every grant of a user along with one token, that of the next try too.
 */
export async function patiently<T, F>(
  asking: Promise<Result<T, F>>,
): Promise<Result<T, F | ProviderFailure>> {
  return (await within(patienceSeconds, asking, null)) ?? err(tooLate())
}

/** Made when it is needed: an error with its stack is a good part of what a sign-in costs. */
function tooLate(): ProviderFailure {
  const cause = new PlainError(`no answer of the provider within ${patienceSeconds} s`)
  return { kind: 'provider-unreachable', cause, retryAfterSeconds: null }
}
