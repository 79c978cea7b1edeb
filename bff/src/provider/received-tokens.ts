import type { TokenEndpointResponse } from 'openid-client'
import { tokenSetSchema, type TokenSet } from './token-set.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'

/** No I/O. No clock: `now` is passed in. */

/** How long an access token is taken to live when the provider does not say (RFC 6749 §5.1 only recommends it). */
const defaultLifeSeconds = 300

/** No session is longer, and it keeps an absurd `expires_in` within the whole numbers. */
const longestLifeSeconds = 31_536_000

/**
 * The tokens of an answer of the token endpoint. Expiry is reckoned from our own clock at receipt, so that a provider's
 * clock that is wrong does no harm. What the answer leaves out stays as it was.
 *
 * Throws {@link UntrustedAnswer}.
 */
export function receivedTokens(
  response: TokenEndpointResponse,
  earlier: Partial<Pick<TokenSet, 'refreshToken' | 'idToken' | 'scopes'>> | null,
  now: number,
): TokenSet {
  // openid-client knows DPoP as well, but these tokens are sent on as bearer tokens (RFC 6749 §7.1).
  if (response.token_type !== 'bearer') throw new UntrustedAnswer('not a bearer token (token_type)')
  const lifeSeconds = Math.min(response.expires_in ?? defaultLifeSeconds, longestLifeSeconds)
  const parsed = tokenSetSchema.safeParse({
    accessToken: response.access_token,
    refreshToken: response.refresh_token ?? earlier?.refreshToken ?? null,
    idToken: response.id_token ?? earlier?.idToken ?? null,
    issuedAt: now,
    expiresAt: now + Math.floor(lifeSeconds),
    scopes: scopesIn(response.scope) ?? earlier?.scopes ?? [],
  })
  if (!parsed.success) throw new UntrustedAnswer('tokens that are no tokens')
  return parsed.data
}

/** Parted by spaces (RFC 6749 §3.3); nothing in it is nothing said. */
export function scopesIn(scope = ''): readonly string[] | null {
  const scopes = scope.split(' ').filter((item) => item !== '')
  return scopes.length === 0 ? null : scopes
}
