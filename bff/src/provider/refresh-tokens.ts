import { refreshTokenGrant } from 'openid-client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { checkRefreshed } from './check-refreshed.ts'
import { checkTimes } from './check-times.ts'
import type { Discovered } from './discovery.ts'
import { isJudgement, isUnknownKey } from './provider-failure.ts'
import { receivedTokens } from './received-tokens.ts'
import type { RefreshToken, TokenSet } from './token-set.ts'
import { UntrustedTime } from './untrusted-answer.ts'
import { verifyIdToken } from './verify-id-token.ts'

export interface RefreshParts {
  readonly discovered: () => Promise<Discovered>
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Trades a refresh token for a new set of tokens of the same user. Throws when it can't. */
export async function refreshTokens(
  parts: RefreshParts,
  earlier: TokenSet & { readonly refreshToken: RefreshToken },
  sub: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<TokenSet> {
  const known = await parts.discovered()
  const response = await refreshTokenGrant(known.configuration, earlier.refreshToken, {
    ...parameters,
  })
  const tokens = receivedTokens(response, earlier, parts.clock.now())
  const replaced = response.id_token !== undefined
  return replaced && !(await isUsable(parts, known, tokens, { ...earlier, sub }))
    ? { ...tokens, idToken: earlier.idToken }
    : tokens
}

/**
 * The refresh token is spent by now. A new ID token that is wrong ends the session; one that can't be checked, because the
 * keys can't be had or the clocks disagree, is left out, and the one from before stays.
 */
async function isUsable(
  { clock, telemetry }: RefreshParts,
  known: Discovered,
  { idToken, accessToken }: TokenSet,
  earlier: Parameters<typeof checkRefreshed>[1],
): Promise<boolean> {
  try {
    const claims = await verifyIdToken(idToken ?? '', known, accessToken)
    checkRefreshed(claims, earlier)
    checkTimes(claims, clock.now(), null)
    return true
  } catch (error) {
    if (isJudgement(error) && !isUnknownKey(error) && !(error instanceof UntrustedTime)) throw error
    telemetry.record({ name: 'id-token-left-out', detail: describeCause(error) })
    return false
  }
}
