import { clientCredentialsGrant, genericGrantRequest } from 'openid-client'
import { err, ok, type Result } from '@strongroom/client'
import { newDpopKey, type DpopKey } from '../base/dpop-key.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { heardTokens } from './heard-tokens.ts'
import { receivedTokens, type Binding } from './received-tokens.ts'
import { isJudgement, narrowedRefreshFailure, narrowingFailure } from './provider-failure.ts'
import type {
  ClientTokenRequest,
  IdentityProvider,
  Narrowing,
  NarrowingOfRow,
  NarrowFailure,
} from './provider.ts'
import { refreshTokens, type RefreshParts } from './refresh-tokens.ts'
import { tokenRequest } from './token-request.ts'
import { narrowTokenOf, type RefreshToken, type TokenSet } from './token-set.ts'
import { UnusableTokens } from './untrusted-answer.ts'
import type { NoteScopes } from './wider-scopes.ts'

export interface NarrowParts extends RefreshParts {
  readonly noteScopes: NoteScopes
}

const tokenType = 'urn:ietf:params:oauth:token-type:'
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** What came is to be sent on as an access token, so it must be one, whatever its form (RFC 8693 §2.2.1). */
const usableTypes = new Set([undefined, `${tokenType}access_token`, `${tokenType}jwt`])

/**
 * Trades the session's access token for one that is good for less (RFC 8693 §2.1). Throws nothing: what can't be used must be
 * revoked.
 */
export async function exchangeToken(
  parts: NarrowParts,
  tokens: TokenSet,
  narrowing: NarrowingOfRow,
): ReturnType<IdentityProvider['narrow']> {
  const given = await heeded(parts, (fetchNow) => exchanged(parts, tokens, narrowing, fetchNow))
  return given.ok ? ok({ token: given.value, tokens }) : err({ ...given.error, unread: null })
}

/** The same, with what went wrong thrown as it is. */
async function exchanged(
  parts: NarrowParts,
  tokens: TokenSet,
  narrowing: NarrowingOfRow,
  fetchNow: typeof fetch,
): Promise<TokenSet> {
  const key = narrowing.bearer ? undefined : (tokens.dpopKey ?? keyAsSet(parts))
  const response = await tokenRequest(parts, { key, fetch: fetchNow }, (configuration) =>
    genericGrantRequest(configuration, exchangeGrant, {
      ...parametersOf(narrowing),
      subject_token: tokens.accessToken,
      subject_token_type: `${tokenType}access_token`,
      requested_token_type: `${tokenType}access_token`,
    }),
  )
  if (!usableTypes.has(response['issued_token_type'] as string | undefined))
    throw new UnusableTokens(
      'unusable_issued_token_type',
      'not an access token (issued_token_type)',
    )
  const token = receivedTokens(response, null, parts.clock.now(), bindingOf(parts, key))
  parts.noteScopes(narrowing, token.scopes)
  return token
}

/**
 * Asks for a token for one resource with the refresh token, which is spent for it (RFC 8707 §2.2). The session's own access token
 * stays. Throws nothing: what can't be used must be revoked.
 */
export async function refreshForResource(
  parts: NarrowParts,
  tokens: TokenSet & { readonly refreshToken: RefreshToken },
  sub: string,
  narrowing: NarrowingOfRow,
): ReturnType<IdentityProvider['narrow']> {
  const { bearer = false, scopes = tokens.scopes } = narrowing
  const parameters = parametersOf(narrowing)
  const refreshed = await refreshTokens(parts, { ...tokens, scopes }, sub, { parameters, bearer })
  if (!refreshed.ok)
    return err({ ...refreshed.error, failure: narrowedRefreshFailure(refreshed.error.failure) })
  const token = refreshed.value
  parts.noteScopes(narrowing, token.scopes)
  const { refreshToken, idToken } = token
  return ok({ token, tokens: { ...tokens, refreshToken, idToken } })
}

/**
 * Asks for an access token in the client's own name (RFC 6749 §4.4). Throws nothing: what can't be used must be revoked.
 */
export function clientToken(
  parts: NarrowParts,
  { dpopKey: key, ...request }: ClientTokenRequest,
): ReturnType<IdentityProvider['clientToken']> {
  return heeded(parts, async (fetchNow) => {
    const response = await tokenRequest(parts, { key, fetch: fetchNow }, (configuration) =>
      clientCredentialsGrant(configuration, parametersOf(request)),
    )
    const token = receivedTokens(response, null, parts.clock.now(), bindingOf(parts, key))
    parts.noteScopes(request, token.scopes)
    return narrowTokenOf(token)
  })
}

/** Asks with a `fetch` that is listened to: of tokens that came and can't be used, it says which they are. */
async function heeded<T>(
  { clock, settings }: RefreshParts,
  ask: (fetchNow: typeof fetch) => Promise<T>,
): Promise<Result<T, NarrowFailure>> {
  const heard = heardTokens(boundedFetch(settings.fetch))
  try {
    return ok(await ask(heard.fetch))
  } catch (error) {
    const distrusted = isJudgement(error) ? await heard.tokens(null, clock) : null
    return err({ failure: narrowingFailure(error), distrusted })
  }
}

function keyAsSet({ settings }: RefreshParts): DpopKey | undefined {
  return settings.dpop ? newDpopKey() : undefined
}

function bindingOf({ settings }: RefreshParts, key: DpopKey | undefined): Binding {
  return { key, acceptBearer: settings.acceptBearerTokens }
}

function parametersOf({
  resource,
  audience,
  scopes,
}: Pick<Narrowing, 'resource' | 'audience' | 'scopes'>): Record<string, string> {
  return {
    ...(resource === undefined ? {} : { resource }),
    ...(audience === undefined ? {} : { audience }),
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
  }
}
