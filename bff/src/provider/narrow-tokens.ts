import { genericGrantRequest } from 'openid-client'
import { receivedTokens } from './received-tokens.ts'
import type { Narrowed, Narrowing } from './provider.ts'
import { receive, type RefreshParts } from './refresh-tokens.ts'
import type { RefreshToken, TokenSet } from './token-set.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'

const tokenType = 'urn:ietf:params:oauth:token-type:'
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** What came is to be sent on as a bearer token, so it must be one, whatever its form (RFC 8693 §2.2.1). */
const usableTypes = new Set([undefined, `${tokenType}access_token`, `${tokenType}jwt`])

/** Trades the session's access token for one that is good for less (RFC 8693 §2.1). Throws when it can't. */
export async function exchangeToken(
  { discovered, clock }: RefreshParts,
  tokens: TokenSet,
  narrowing: Narrowing,
): Promise<Narrowed> {
  const { configuration } = await discovered()
  const response = await genericGrantRequest(configuration, exchangeGrant, {
    ...parametersOf(narrowing),
    subject_token: tokens.accessToken,
    subject_token_type: `${tokenType}access_token`,
    requested_token_type: `${tokenType}access_token`,
  })
  if (!usableTypes.has(response['issued_token_type'] as string | undefined))
    throw new UntrustedAnswer('not an access token (issued_token_type)')
  return { token: receivedTokens(response, null, clock.now()), tokens }
}

/**
 * Asks for a token for one resource with the refresh token, which is spent for it (RFC 8707 §2.2). The session's own access token
 * stays. Throws when it can't.
 */
export async function refreshForResource(
  parts: RefreshParts,
  tokens: TokenSet & { readonly refreshToken: RefreshToken },
  sub: string,
  narrowing: Narrowing,
): Promise<Narrowed> {
  const token = await receive(parts, tokens, sub, parametersOf(narrowing))
  const { refreshToken, idToken } = token
  return { token, tokens: { ...tokens, refreshToken, idToken } }
}

function parametersOf({ resource, audience, scopes }: Narrowing): Record<string, string> {
  return {
    ...(resource === undefined ? {} : { resource }),
    ...(audience === undefined ? {} : { audience }),
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
  }
}
