import type { Result } from '@strongroom/client'
import type { MiddlewareHandler } from 'hono'
import type { ProviderFailure, SignInFailure } from '../base/failure.ts'
import { patiently } from './patiently.ts'
import type { IdentityProvider } from './provider.ts'

export interface AnswerVariables {
  /** What the provider answered at the authorization endpoint, or why that is not to be believed. */
  answer: Result<URLSearchParams, SignInFailure | ProviderFailure>
}

/** Reads what the browser brings back from the provider, whichever attempt it belongs to. Refuses nothing. */
export function readAnswer(
  provider: IdentityProvider,
): MiddlewareHandler<{ Variables: AnswerVariables }> {
  return async function readAnswer(c, next) {
    const query = new URL(c.req.url).searchParams
    c.set('answer', await patiently(provider.readAnswer(query)))
    return next()
  }
}
