import * as client from 'openid-client'
import type { JWTPayload } from 'jose'
import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { ProviderFailure } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { lazyDiscovery, type Discovered, type ProviderSettings } from './discovery.ts'
import {
  exchangeFailure,
  providerTrouble,
  refreshFailure,
  revocationFailure,
  isJudgement,
  isUnknownKey,
} from './provider-failure.ts'
import type { IdentityProvider } from './provider.ts'
import { tokenSetSchema, type IdentityClaims, type IdToken, type TokenSet } from './token-set.ts'
import { verifyIdToken } from './verify-id-token.ts'
import {
  logoutTokenFailure,
  verifyLogoutToken,
  type LogoutTokenRules,
} from './verify-logout-token.ts'

export interface OpenidProviderSettings extends ProviderSettings, LogoutTokenRules {
  readonly scope: string
  readonly authorizeParameters: Readonly<Record<string, string>>
  /** Registered at the provider. Built from the public URL, never from a request. */
  readonly callbackUrl: URL
  readonly postLogoutUrl: URL
}

type TokenResponse = Awaited<ReturnType<typeof client.refreshTokenGrant>>

/** How long an access token is taken to live when the provider does not say (RFC 6749 §5.1 only recommends it). */
const defaultLifeSeconds = 300

/** An OpenID provider through openid-client. Of the openid-client library, nothing leaves this folder. */
export function openidProvider(
  settings: OpenidProviderSettings,
  clock: Clock,
  telemetry: Telemetry,
): IdentityProvider {
  const discoveredNow = lazyDiscovery(settings, clock, telemetry)
  let endSessionOrigin: string | null = null

  async function discovered(): Promise<Discovered> {
    const known = await discoveredNow()
    endSessionOrigin = originOf(known.configuration.serverMetadata().end_session_endpoint)
    return known
  }

  return {
    authorizationUrl(checks, parameters) {
      return attempt(async () => {
        const { configuration } = await discovered()
        return client.buildAuthorizationUrl(configuration, {
          ...settings.authorizeParameters,
          ...parameters,
          scope: settings.scope,
          response_type: 'code',
          redirect_uri: settings.callbackUrl.href,
          state: checks.state,
          nonce: checks.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(checks.codeVerifier),
          code_challenge_method: 'S256',
        })
      }, providerTrouble)
    },

    exchangeCode(answer, checks) {
      return attempt(async () => {
        const known = await discovered()
        // openid-client takes the redirect_uri from this URL: behind a proxy the request's own would be wrong.
        const url = new URL(settings.callbackUrl)
        url.search = answer.toString()
        const response = await client.authorizationCodeGrant(known.configuration, url, {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.codeVerifier,
          idTokenExpected: true,
          ...(checks.maxAgeSeconds === null ? {} : { maxAge: checks.maxAgeSeconds }),
        })
        const claims = await verifyIdToken(response.id_token ?? '', known, null)
        return { tokens: tokenSet(response, null, clock.now()), claims: identityClaims(claims) }
      }, exchangeFailure)
    },

    refresh(tokens, sub) {
      return attempt(async () => {
        const known = await discovered()
        const response = await client.refreshTokenGrant(known.configuration, tokens.refreshToken)
        const idToken = await trustedIdToken(response.id_token, known, sub)
        return { ...tokenSet(response, tokens, clock.now()), idToken: idToken ?? tokens.idToken }
      }, refreshFailure)
    },

    async revoke(token, kind) {
      const failed = (error: unknown) =>
        telemetry.record({ name: 'revocation-failed', token: kind, detail: describeCause(error) })
      const known = await attempt(discovered, (error) => {
        failed(error)
        return providerTrouble(error)
      })
      // Whatever the discovery was answered with, it says nothing about the token.
      if (!known.ok) return { failed: 'for-now', retryAfterSeconds: waitOf(known.error) }
      const { configuration } = known.value
      if (configuration.serverMetadata().revocation_endpoint === undefined) return 'unsupported'
      try {
        await client.tokenRevocation(configuration, token, { token_type_hint: `${kind}_token` })
        return 'revoked'
      } catch (error) {
        const outcome = revocationFailure(error)
        if (typeof outcome === 'object') failed(error)
        return outcome
      }
    },

    async endSessionUrl(idTokenHint, state) {
      const known = await attempt(discovered, providerTrouble)
      if (
        !known.ok ||
        known.value.configuration.serverMetadata().end_session_endpoint === undefined
      )
        return null
      return client.buildEndSessionUrl(known.value.configuration, {
        post_logout_redirect_uri: settings.postLogoutUrl.href,
        state,
        ...(idTokenHint === null ? {} : { id_token_hint: idTokenHint }),
      })
    },

    endSessionOrigin: () => endSessionOrigin,

    verifyLogoutToken(logoutToken) {
      return attempt(
        async () => verifyLogoutToken(logoutToken, await discovered(), settings, clock),
        logoutTokenFailure,
      )
    },

    async ping() {
      const known = await attempt(discovered, providerTrouble)
      return known.ok ? ok(undefined) : known
    },
  }
}

/**
 * The refresh token is spent by now. A new ID token that is wrong ends the session; one that can't be checked, because the
 * keys can't be had, is left out, and the one from before stays.
 */
async function trustedIdToken(
  idToken: string | undefined,
  known: Discovered,
  sub: string,
): Promise<IdToken | null> {
  if (idToken === undefined) return null
  try {
    await verifyIdToken(idToken, known, sub)
    return idToken as IdToken
  } catch (error) {
    if (isJudgement(error) && !isUnknownKey(error)) throw error
    return null
  }
}

function originOf(endpoint: string | undefined): string | null {
  return endpoint === undefined ? null : (URL.parse(endpoint)?.origin ?? null)
}

async function attempt<T, F>(
  work: () => Promise<T>,
  translate: (error: unknown) => F,
): Promise<Result<T, F>> {
  try {
    return ok(await work())
  } catch (error) {
    return err(translate(error))
  }
}

function waitOf(failure: ProviderFailure): number | null {
  return failure.kind === 'provider-unreachable' ? failure.retryAfterSeconds : null
}

/** Expiry is reckoned from our own clock at receipt, so that a provider's clock that is wrong does no harm. */
function tokenSet(response: TokenResponse, earlier: TokenSet | null, now: number): TokenSet {
  return tokenSetSchema.parse({
    accessToken: response.access_token,
    refreshToken: response.refresh_token ?? earlier?.refreshToken ?? null,
    idToken: response.id_token ?? earlier?.idToken ?? null,
    issuedAt: now,
    expiresAt: now + (response.expires_in ?? defaultLifeSeconds),
    scopes: response.scope?.split(' ') ?? earlier?.scopes ?? [],
  })
}

function identityClaims(claims: JWTPayload & { readonly sub: string }): IdentityClaims {
  const { sub, sid, auth_time: authTime } = claims
  return {
    sub,
    sid: typeof sid === 'string' ? sid : null,
    authTime: typeof authTime === 'number' ? authTime : null,
    all: claims,
  }
}
