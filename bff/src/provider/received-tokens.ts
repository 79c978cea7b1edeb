import type { TokenEndpointResponse } from 'openid-client'
import type { DpopKey } from '../base/dpop-key.ts'
import { tokenSetSchema, type TokenSet } from './token-set.ts'
import { UnusableTokens } from './untrusted-answer.ts'

/** No I/O. No clock: `now` is passed in. */

/** How long an access token is taken to live when the provider does not say (RFC 6749 §5.1 only recommends it). */
const defaultLifeSeconds = 300

/** No session is longer, and it keeps an absurd `expires_in` within the whole numbers. */
const longestLifeSeconds = 31_536_000

/**
 * The tokens of an answer of the token endpoint. Expiry is reckoned from our own clock at receipt, so that a provider's
 * clock that is wrong does no harm. What the answer leaves out stays as it was.
 *
 * Throws {@link UnusableTokens}.
 *
 * @param binding  what the access token was asked to be bound to, and whether one that is not may pass all the same
 */
export function receivedTokens(
  response: TokenEndpointResponse,
  earlier: Partial<Pick<TokenSet, 'refreshToken' | 'idToken' | 'scopes'>> | null,
  now: number,
  binding: Binding = unbound,
): TokenSet {
  const dpopKey = keyOf(response, binding)
  const lifeSeconds = Math.min(response.expires_in ?? defaultLifeSeconds, longestLifeSeconds)
  const parsed = tokenSetSchema.safeParse({
    accessToken: response.access_token,
    refreshToken: response.refresh_token ?? earlier?.refreshToken ?? null,
    idToken: response.id_token ?? earlier?.idToken ?? null,
    issuedAt: now,
    expiresAt: now + Math.floor(lifeSeconds),
    scopes: scopesIn(response.scope) ?? earlier?.scopes ?? [],
    ...(dpopKey !== undefined && { dpopKey }),
  })
  if (!parsed.success) throw new UnusableTokens('unusable_token', 'tokens that are no tokens')
  return parsed.data
}

/** Parted by spaces (RFC 6749 §3.3); nothing in it is nothing said. */
export function scopesIn(scope = ''): readonly string[] | null {
  const scopes = scope.split(' ').filter((item) => item !== '')
  return scopes.length === 0 ? null : scopes
}

/** What an access token was asked to be bound to. */
export interface Binding {
  readonly key: DpopKey | undefined
  /** Whether a bearer token that came in its place is taken. */
  readonly acceptBearer: boolean
  /** False where the provider's metadata does not say that it can bind. */
  readonly isOffered?: boolean
}

const unbound: Binding = { key: undefined, acceptBearer: true }

const notOffered =
  'OIDC_DPOP is on, and dpop_signing_alg_values_supported of the discovery document lists no ES256'

/**
 * What the access token is bound to. One of another kind than was asked for can't be sent as it must be (RFC 6749 §7.1), and a bearer
 * token where a bound one was asked for is good for whoever gets hold of it (RFC 9449 §5).
 */
function keyOf(
  { token_type: type }: TokenEndpointResponse,
  { acceptBearer, isOffered = true, key }: Binding,
): DpopKey | undefined {
  if (key !== undefined && type === 'dpop') return key
  if (type !== 'bearer')
    throw new UnusableTokens('unusable_token_type', 'not a bearer token (token_type)')
  if (key !== undefined && !acceptBearer)
    throw new UnusableTokens(
      'token_not_bound',
      `a bearer token, not one that is bound to our key (token_type)${isOffered ? '' : `; ${notOffered}`}`,
    )
  return undefined
}
