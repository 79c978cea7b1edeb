import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'
import { errors as joseErrors } from 'jose'
import type { NarrowingFailure, ProviderFailure, SignInFailure } from '../base/failure.ts'
import { plainCode } from '../base/plain-code.ts'
import { isPlainRefusal, type OwnRefusal } from '../base/refusal-codes.ts'
import type { RevocationOutcome } from './provider.ts'
import { DiscoveryFailed } from './discovery.ts'
import { UntrustedAnswer, UnusableTokens } from './untrusted-answer.ts'

/** No I/O. By class, code and status, never by message. */

/** What a failed refresh means: what ends the session, what waits, what an operator must mend. */
export function refreshFailure(error: unknown): ProviderFailure {
  // Before anything was asked: a status in it is no word about the token.
  if (error instanceof DiscoveryFailed) return providerTrouble(error)
  if (error instanceof ResponseBodyError && !isTrouble(error)) {
    return asksForMore(error) ?? { kind: 'refresh-refused', providerCode: plainCode(error.error) }
  }
  // The refresh token is spent by now, and what came for it can't be trusted (OpenID Connect Core §12.2).
  if (isDistrusted(error)) {
    return { kind: 'refresh-refused', providerCode: distrustCode(error) }
  }
  // Some providers answer a spent or revoked token with a 4xx and no JSON.
  const status = statusOf(error)
  if (status !== null && bareRefusals.has(status) && !isTrouble(error)) {
    return { kind: 'refresh-refused', providerCode: `http_${status}` }
  }
  return providerTrouble(error)
}

/** What it means that there is no token for one API: hardly ever anything for the session. */
export function narrowingFailure(error: unknown): ProviderFailure | NarrowingFailure {
  return ofNarrowing(refreshFailure(error))
}

function ofNarrowing(failure: ProviderFailure): ProviderFailure | NarrowingFailure {
  const { kind } = failure
  // Whether this client may use the grant says nothing of its standing otherwise.
  if (kind === 'client-refused' && failure.providerCode === 'unauthorized_client')
    return { kind: 'narrowing-refused', providerCode: failure.providerCode }
  return kind === 'refresh-refused'
    ? { kind: 'narrowing-refused', providerCode: failure.providerCode }
    : failure
}

/** The same with a refresh token: what says in so many words that it is over ends the session as ever. */
export function narrowedRefreshFailure(
  failure: ProviderFailure,
): ProviderFailure | NarrowingFailure {
  return failure.kind === 'refresh-refused' && isPlainRefusal(failure.providerCode)
    ? failure
    : ofNarrowing(failure)
}

function distrustCode(error: unknown): OwnRefusal {
  if (error instanceof UnusableTokens) return error.code
  return isUnknownTokenType(error) ? 'unusable_token_type' : 'untrusted_id_token'
}

/** openid-client knows two types, and says of another what the whole answer was. */
function isUnknownTokenType(error: unknown): boolean {
  if (!(error instanceof ClientError) || error.code !== 'OAUTH_UNSUPPORTED_OPERATION') return false
  const said: unknown = error.cause instanceof Error ? error.cause.cause : null
  return typeof said === 'object' && said !== null && 'body' in said
}

/** Whether it was us who refused: tokens came, and nobody may use them. */
export function isDistrusted(error: unknown): boolean {
  return isJudgement(error) && !isMalformed(error)
}

/** What a failed code exchange means. */
export function exchangeFailure(error: unknown): SignInFailure | ProviderFailure {
  if (error instanceof AuthorizationResponseError) {
    return { kind: 'sign-in-refused', providerCode: plainCode(error.error) }
  }
  if (isJudgement(error)) return { kind: 'sign-in-invalid', cause: error }
  if (error instanceof ResponseBodyError && !isTrouble(error)) {
    return { kind: 'sign-in-invalid', cause: error }
  }
  return providerTrouble(error)
}

/** What a failed revocation means: whether it makes sense to ask again. Only for what the revocation endpoint said. */
export function revocationFailure(error: unknown): RevocationOutcome {
  // RFC 7009 §2.2.1: a provider may be unable to revoke access tokens; they then end by themselves.
  if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') {
    return 'unsupported'
  }
  const status = statusOf(error)
  // RFC 7009 §2.2 knows 200 alone, but there are providers that have nothing to say and say 204.
  if (status !== null && status >= 200 && status < 300) return 'revoked'
  // A 401 is about us, not about the token.
  if (status === null || status === 401 || isTrouble(error)) {
    return { failed: 'for-now', retryAfterSeconds: retryAfter(error) }
  }
  return { failed: 'for-good', status }
}

/** Trouble that is nobody's refusal: the weather, or our own standing as a client. */
export function providerTrouble(error: unknown): ProviderFailure {
  if (error instanceof ResponseBodyError && clientRefusals.has(error.error)) {
    return { kind: 'client-refused', providerCode: error.error }
  }
  return {
    kind: 'provider-unreachable',
    cause: error,
    retryAfterSeconds: retryAfter(error),
    ...(isMalformed(error) && { isMalformed: true }),
  }
}

/** What it means that a request could not be pushed: one that is refused was wrong before any user had a say in it. */
export function pushFailure(error: unknown): ProviderFailure {
  return error instanceof ResponseBodyError && !isTrouble(error)
    ? { kind: 'client-refused', providerCode: plainCode(error.error) }
    : providerTrouble(error)
}

const clientRefusals = new Set(['invalid_client', 'unauthorized_client'])

/** Statuses with which some providers refuse a token without saying so in JSON; others come from what stands before them. */
const bareRefusals = new Set([400, 401])

/** Error codes that say nothing of the token: of ourselves as a client, of our clock or nonce (RFC 9449 §5, §8), or of the provider's own state. */
const passing = new Set([
  ...clientRefusals,
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'temporarily_unavailable',
  'server_error',
  'slow_down',
])

function isTrouble(error: unknown): boolean {
  if (error instanceof ResponseBodyError && passing.has(error.error)) return true
  const status = statusOf(error)
  return status !== null && (status >= 500 || status === 429 || status === 408)
}

/** Signed by a key that the provider's key set does not have, or does not tell from others: a forgery, or keys that are late. */
export function isUnknownKey(error: unknown): boolean {
  return (
    error instanceof joseErrors.JWKSNoMatchingKey ||
    error instanceof joseErrors.JWKSMultipleMatchingKeys
  )
}

/** The answer came, was read, and did not hold up. Anything else that is thrown means there was no answer to judge. */
export function isJudgement(error: unknown): boolean {
  if (error instanceof UntrustedAnswer) return true
  // It was refused on its way to openid-client.
  if (error instanceof ClientError && error.cause instanceof UntrustedAnswer) return true
  if (error instanceof joseErrors.JOSEError) return !noAnswerCodes.has(error.code)
  return error instanceof ClientError && judgementCodes.has(error.code ?? '')
}

/** An answer without an access token and the like: a fault of the provider's, not a refusal. */
function isMalformed(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'OAUTH_INVALID_RESPONSE'
}

const noAnswerCodes = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'])

const judgementCodes = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
])

/**
 * Microsoft Entra refuses a refresh with `invalid_grant` and `claims` when policy asks for a stronger sign-in. What it wants it
 * asks by itself as soon as the user comes.
 */
function asksForMore(error: ResponseBodyError): ProviderFailure | null {
  const { claims, suberror } = error.cause
  if (error.error !== 'invalid_grant' && error.error !== 'interaction_required') return null
  if (typeof claims !== 'string' && typeof suberror !== 'string') return null
  return { kind: 'step-up-required', acrValues: [], maxAgeSeconds: null }
}

function statusOf(error: unknown): number | null {
  return answerOf(error)?.status ?? null
}

function answerOf(error: unknown): Response | null {
  if (error instanceof DiscoveryFailed) return answerOf(error.cause)
  if (error instanceof ResponseBodyError) return error.response
  if (error instanceof Error && error.cause instanceof Response) return error.cause
  return null
}

/** Seconds, from `Retry-After` or what some providers send in its place. Dates are ignored. */
function retryAfter(error: unknown): number | null {
  const headers = answerOf(error)?.headers
  const value = headers?.get('retry-after') ?? headers?.get('x-retry-after') ?? ''
  return /^\d{1,6}$/.test(value) ? Number(value) : null
}
