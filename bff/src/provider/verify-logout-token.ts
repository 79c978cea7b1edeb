import { decodeJwt, errors, type JWTPayload } from 'jose'
import type { Clock } from '../base/clock.ts'
import type { LogoutTokenFailure, LogoutTokenFault, ProviderFailure } from '../base/failure.ts'
import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import { checkTimes } from './check-times.ts'
import { decryptJwt } from './decrypt-jwt.ts'
import type { Discovered } from './discovery.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { EndedAtProvider, LogoutNotice } from './provider.ts'
import { providerTrouble } from './provider-failure.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import { verifyJwt, type VerifiedJwt } from './verify-jwt.ts'

export interface VerifyLogoutTokenParts {
  readonly settings: ProviderSettings
  readonly discovered: () => Promise<Discovered>
  readonly clock: Clock
}

/** A provider that tries again has tried long before; whatever is older was kept by somebody. */
const oldestSeconds = 240

const eventName = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Checks a logout token as an ID token is checked, and for what makes it a logout token (Back-Channel Logout §2.6). Whether
 * it came before is for the caller to find out.
 *
 * Throws jose's errors and {@link UntrustedAnswer}; {@link logoutTokenFailure} reads both.
 */
export async function verifyLogoutToken(
  { settings, discovered, clock }: VerifyLogoutTokenParts,
  logoutToken: string,
): Promise<LogoutNotice> {
  // Anybody may post here: what is no JWT does not make us ask the provider for anything.
  const signed = await decryptJwt(logoutToken, null, settings)
  decodeJwt(signed)
  const verified = await verifyJwt(signed, await discovered())
  const fault = faultOf(verified, settings)
  if (fault !== null) throw new UntrustedAnswer('no logout token', fault)
  const { claims } = verified
  const endless = settings.acceptLogoutTokensWithoutExpiry && claims.exp === undefined
  const ended = endless ? { ...claims, exp: (claims.iat ?? 0) + oldestSeconds } : claims
  checkTimes(ended, clock.now(), oldestSeconds)
  return noticeOf(claims)
}

/** What makes it a logout token, and nothing else. */
function faultOf(
  { claims: { jti, events, nonce, sub, sid }, type }: VerifiedJwt,
  { requireLogoutTokenType }: ProviderSettings,
): LogoutTokenFault | null {
  if (!isTypeAccepted(type, requireLogoutTokenType)) return 'typ'
  if (!isName(jti)) return 'jti'
  if (!isRecord(events) || !isRecord(events[eventName])) return 'events'
  // So that no ID token passes for a logout token, whatever else it holds (§2.4).
  if (nonce !== undefined) return 'nonce'
  const named = [sub, sid].filter((name) => name !== undefined)
  return named.length > 0 && named.every(isName) ? null : 'sub or sid'
}

/** Another type says what the token was made for, and that was not this (RFC 8725 §3.11). */
function isTypeAccepted(typ: unknown, strict: boolean): boolean {
  if (typ === undefined) return !strict
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : null
  return type === 'logout+jwt' || (type === 'jwt' && !strict)
}

function noticeOf({ iat = 0, exp, jti = '', sub, sid }: JWTPayload): LogoutNotice {
  const lifeSeconds = exp === undefined ? oldestSeconds : Math.min(exp - iat, oldestSeconds)
  const whose: EndedAtProvider =
    typeof sid === 'string'
      ? { providerSid: sid, sub: sub ?? null }
      : { providerSid: null, sub: sub ?? '' }
  return {
    whose,
    tokenId: jti,
    issuedAt: Math.floor(iat),
    // It may have come before its own time by the tolerance, and passes after it by the same.
    passesForSeconds: Math.ceil(Math.max(0, lifeSeconds)) + 2 * toleranceSeconds,
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What the check threw: a judgement of the token, or trouble with the keys. By class and code, never by message. */
export function logoutTokenFailure(error: unknown): LogoutTokenFailure | ProviderFailure {
  const fault = error instanceof UntrustedAnswer ? named(error.claim) : joseFault(error)
  return fault === null ? providerTrouble(error) : { kind: 'logout-token-refused', fault }
}

function joseFault(error: unknown): LogoutTokenFault | null {
  if (!(error instanceof errors.JOSEError)) return null
  // The keys did not come, or not in time.
  if (error instanceof errors.JWKSTimeout || error.code === errors.JOSEError.code) return null
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm'
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return 'signature'
  }
  return error instanceof errors.JWTClaimValidationFailed ? named(error.claim) : 'malformed'
}

function named(claim: string | null): LogoutTokenFault {
  return claimFaults.find((fault) => fault === claim) ?? 'malformed'
}

const claimFaults = [
  'typ',
  'iss',
  'aud',
  'azp',
  'iat',
  'nbf',
  'exp',
  'jti',
  'events',
  'nonce',
  'sub or sid',
] as const
