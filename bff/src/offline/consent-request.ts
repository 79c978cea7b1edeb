import type { AuthorizationChecks, ConsentRequest } from '../provider/provider.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import type { GrantDefinition } from './offline-grant.ts'

/** No I/O. */

/** A refresh token that outlives the sign-in is given for an explicit consent alone (OpenID Connect Core §11). */
export function consentRequest({
  scopes,
  resource,
  authorizeParameters,
}: GrantDefinition): ConsentRequest {
  // Google gives a refresh token for this parameter, and refuses the scope.
  const offline = 'access_type' in authorizeParameters ? [] : ['offline_access']
  return {
    scope: [...new Set(['openid', ...offline, ...scopes])].join(' '),
    resource,
    authorizeParameters: { prompt: 'consent', ...authorizeParameters },
  }
}

export function checksOf({
  state,
  nonce,
  codeVerifier,
  dpopKey,
  startedAt,
}: ConnectAttempt): AuthorizationChecks {
  return { state, nonce, codeVerifier, dpopKey, startedAt, maxAgeSeconds: null, acrValues: [] }
}
