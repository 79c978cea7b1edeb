import { refreshTokenGrant } from 'openid-client'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import { newDpopKey } from '../base/dpop-key.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { checkRefreshed } from './check-refreshed.ts'
import { checkTimes } from './check-times.ts'
import type { Discovered } from './discovery.ts'
import { heardTokens } from './heard-tokens.ts'
import type { RefreshableTokens, RefreshFailure } from './provider.ts'
import { isDistrusted, isJudgement, isUnknownKey, refreshFailure } from './provider-failure.ts'
import { receivedTokens } from './received-tokens.ts'
import { tokenRequest, lacksNonceAlone, type TokenRequestParts } from './token-request.ts'
import type { TokenSet } from './token-set.ts'
import { UntrustedTime } from './untrusted-answer.ts'
import { verifyIdToken } from './verify-id-token.ts'

export interface RefreshParts extends TokenRequestParts {
  readonly telemetry: Telemetry
}

/** What a refresh asks for beside new tokens, and how. */
export interface RefreshManner {
  readonly parameters?: Readonly<Record<string, string>>
  /** Makes the request, which may be made once only. @default the settings' */
  readonly fetch?: typeof fetch
  /** Whether it is a bearer token that is wanted, whatever the settings say. */
  readonly bearer?: boolean
}

/** Trades a refresh token for a new set of tokens of the same user. Throws nothing: what can't be used must be revoked. */
export async function refreshTokens(
  parts: RefreshParts,
  earlier: RefreshableTokens,
  sub: string,
  manner: RefreshManner = {},
): Promise<Result<TokenSet, RefreshFailure>> {
  const { clock } = parts
  const heard = heardTokens(manner.fetch ?? boundedFetch(parts.settings.fetch))
  const again = manner.fetch === undefined
  try {
    return ok(await receive(parts, earlier, sub, { ...manner, fetch: heard.fetch }, again))
  } catch (error) {
    const failure = refreshFailure(error)
    if (lacksNonceAlone(error))
      return err({ failure, distrusted: null, unread: null, nonceWanted: true })
    const came = await heard.tokens(earlier, clock)
    if (isDistrusted(error)) return err({ failure, distrusted: came, unread: null })
    return err({ failure, distrusted: null, unread: came })
  }
}

/** The same, with what went wrong thrown as it is. */
async function receive(
  parts: RefreshParts,
  earlier: RefreshableTokens,
  sub: string,
  { bearer = false, fetch: fetchNow, parameters = {} }: RefreshManner,
  again = true,
): Promise<TokenSet> {
  const { dpop, acceptBearerTokens: acceptBearer } = parts.settings
  const known = await parts.discovered()
  const key = bearer ? undefined : (earlier.dpopKey ?? (dpop ? newDpopKey() : undefined))
  const response = await tokenRequest(
    parts,
    { key, again, ...(fetchNow && { fetch: fetchNow }) },
    (configuration) => refreshTokenGrant(configuration, earlier.refreshToken, { ...parameters }),
  )
  const tokens = receivedTokens(response, earlier, parts.clock.now(), { key, acceptBearer })
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
