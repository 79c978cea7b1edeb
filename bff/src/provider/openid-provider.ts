import * as client from 'openid-client'
import { decodeJwt } from 'jose'
import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { digest } from '../base/digest.ts'
import { dpopNonces } from '../base/dpop-nonces.ts'
import { dpopThumbprint } from '../base/dpop-key.ts'
import type { ProviderFailure } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { askedParameters, ownResource } from './asked-parameters.ts'
import type { Tracing } from '../observability/tracing.ts'
import { readAuthorizationAnswer } from './authorization-answer.ts'
import { lazyDiscovery, type Discovered } from './discovery.ts'
import { endpointFor } from './endpoint-for.ts'
import { exchangeCode } from './exchange-code.ts'
import { introspect } from './introspect.ts'
import type { EndSessionHint, ProviderSettings } from './provider-settings.ts'
import { clientToken, exchangeToken, refreshForResource } from './narrow-tokens.ts'
import {
  exchangeFailure,
  providerTrouble,
  pushFailure,
  revocationFailure,
} from './provider-failure.ts'
import type { ConsentRequest, IdentityProvider, RevocationOutcome } from './provider.ts'
import { toAuthorize } from './pushed-request.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { tokenBinding } from './token-binding.ts'
import { AnotherUser, fetchUserinfo } from './userinfo.ts'
import { watchedFetch } from './watched-fetch.ts'
import type { AccessToken, IdToken, RefreshToken } from './token-set.ts'
import { logoutTokenFailure, verifyLogoutToken } from './verify-logout-token.ts'
import { widerScopes } from './wider-scopes.ts'

/** An OpenID provider through openid-client. Of the openid-client library, nothing leaves this folder. */
export function openidProvider(
  given: ProviderSettings,
  clock: Clock,
  telemetry: Telemetry,
  tracing: Tracing | null = null,
): IdentityProvider {
  const watched = watchedFetch(telemetry, tracing)
  const settings = { ...given, fetch: watched.over(given.fetch) }
  const discovery = lazyDiscovery(settings, clock, telemetry)
  let learnt: Discovered | null = null
  let endSessionOrigin: string | null = null

  async function discovered(): Promise<Discovered> {
    const known = await discovery.discovered()
    if (known !== learnt) {
      learnt = known
      watched.learn(known.server)
      endSessionOrigin = originOf(known.server.end_session_endpoint)
    }
    return known
  }

  const parts = {
    settings,
    discovered,
    nonces: dpopNonces(),
    binding: tokenBinding(settings, telemetry),
    noteScopes: widerScopes(telemetry),
    clock,
    telemetry,
  }

  const settingsFor = (consent: ConsentRequest | undefined) =>
    consent === undefined ? settings : consentSettings(settings, consent)

  async function revoke(
    token: AccessToken | RefreshToken,
    kind: 'access' | 'refresh',
  ): Promise<RevocationOutcome> {
    const failed = (error: unknown) =>
      telemetry.record({ name: 'revocation-failed', token: kind, detail: describeCause(error) })
    const known = await attempt(discovered, (error) => {
      failed(error)
      return providerTrouble(error)
    })
    // Whatever the discovery was answered with, it says nothing about the token.
    if (!known.ok) return { failed: 'for-now', retryAfterSeconds: waitOf(known.error) }
    const { configuration, server } = known.value
    if (endpointFor(server, 'revocation_endpoint', settings) === undefined) return 'unsupported'
    try {
      await client.tokenRevocation(configuration, token, { token_type_hint: `${kind}_token` })
      return 'revoked'
    } catch (error) {
      const outcome = revocationFailure(error)
      if (typeof outcome === 'object') failed(error)
      return outcome
    }
  }

  return {
    authorizationUrl(checks, parameters, consent) {
      return attempt(async () => {
        const known = await discovered()
        const settings = settingsFor(consent)
        const query = new URLSearchParams({
          ...askedParameters(settings.authorizeParameters, parameters),
          scope: settings.scope,
          response_type: 'code',
          redirect_uri: settings.callbackUrl.href,
          state: checks.state,
          nonce: checks.nonce,
          // What S256 is (RFC 7636 §4.2), at once: openid-client's takes a turn of the thread pool.
          code_challenge: digest(checks.codeVerifier),
          code_challenge_method: 'S256',
          ...(settings.responseMode === 'jwt' ? { response_mode: 'jwt' } : {}),
          // A code that is stolen is then of no use without the key (RFC 9449 §10).
          ...(checks.dpopKey !== undefined && { dpop_jkt: dpopThumbprint(checks.dpopKey) }),
        })
        for (const resource of settings.resources)
          if (!query.has('resource', resource)) query.append('resource', resource)
        return toAuthorize(known, query, settings)
      }, pushFailure)
    },

    readAnswer: (query) => attempt(() => readAuthorizationAnswer(parts, query), exchangeFailure),

    exchangeCode: (answer, checks, consent) =>
      exchangeCode({ ...parts, settings: settingsFor(consent) }, answer, checks),

    refresh(tokens, sub, consent) {
      if (!consent) return refreshTokens(parts, tokens, sub, { parameters: ownResource(settings) })
      const { resource } = consent
      const parameters = resource === null ? ownResource(settings) : { resource }
      return refreshTokens(parts, tokens, sub, { parameters, fetch: watched.over(consent.fetch) })
    },

    async narrow(tokens, sub, narrowing) {
      if (narrowing.by === 'exchange') return exchangeToken(parts, tokens, narrowing)
      const { refreshToken } = tokens
      if (refreshToken !== null)
        return refreshForResource(parts, { ...tokens, refreshToken }, sub, narrowing)
      const failure = { kind: 'narrowing-refused', providerCode: 'no_refresh_token' } as const
      return err({ failure, distrusted: null, unread: null })
    },

    introspect: (token, sub) =>
      attempt(async () => introspect(parts, await discovered(), token, sub), providerTrouble),

    async userinfo(token, sub) {
      try {
        return ok(await fetchUserinfo(parts, await discovered(), token, sub))
      } catch (error) {
        if (error instanceof AnotherUser) return err('another-user')
        telemetry.record({ name: 'userinfo-failed', detail: describeCause(error) })
        return err('unavailable')
      }
    },
    clientToken: (request) => clientToken(parts, request),

    revoke,

    async endSessionUrl(idTokenHint, state) {
      const hint = usableHint(idTokenHint, settings.endSession.hint, clock.now())
      if (hint === null && settings.endSession.hint === 'required') return null
      const known = await attempt(discovered, providerTrouble)
      if (!known.ok || known.value.server.end_session_endpoint === undefined) return null
      return client.buildEndSessionUrl(
        known.value.configuration,
        endSessionParameters(settings, hint, state),
      )
    },

    endSessionOrigin: () => endSessionOrigin,

    verifyLogoutToken: (logoutToken) =>
      attempt(() => verifyLogoutToken(parts, logoutToken), logoutTokenFailure),

    async ping() {
      const known = await attempt(discovered, providerTrouble)
      if (!known.ok) return known
      const trouble = discovery.trouble()
      return trouble === null ? ok(undefined) : err(providerTrouble(trouble))
    },
  }
}

/** Signed by the provider and verified when it came, so that it need only be read. */
function usableHint(idToken: IdToken | null, use: EndSessionHint, now: number): IdToken | null {
  if (idToken === null || use !== 'while-valid') return idToken
  return (decodeJwt(idToken).exp ?? 0) > now ? idToken : null
}

/** What goes with the client's id. Who has a name of their own for the way back knows nothing else of the standard. */
function endSessionParameters(
  { endSession, postLogoutUrl }: ProviderSettings,
  hint: IdToken | null,
  state: string,
): Record<string, string> {
  const wayBack = { [endSession.returnParameter]: postLogoutUrl.href }
  if (endSession.returnParameter !== 'post_logout_redirect_uri') return wayBack
  return { ...wayBack, state, ...(hint === null ? {} : { id_token_hint: hint }) }
}

/** What a consent of its own is asked with. What the operator demands of every sign-in (`acr_values`, `max_age`) stays demanded. */
function consentSettings(settings: ProviderSettings, consent: ConsentRequest): ProviderSettings {
  const { scope, resource, authorizeParameters } = consent
  return {
    ...settings,
    scope,
    authorizeParameters: {
      ...settings.authorizeParameters,
      ...authorizeParameters,
      ...(resource === null ? {} : { resource }),
    },
    resources: resource === null ? [] : [resource],
    userinfo: 'never',
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
