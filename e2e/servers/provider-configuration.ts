import { randomBytes } from 'node:crypto'
import {
  errors,
  type Client,
  type Configuration,
  type JWK,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import { demoUser } from './demo-users.ts'
import { grantOfItsOwn } from './grant-of-its-own.ts'
import type { JwtAccessTokens } from './jwt-access-tokens.ts'
import type { MemoryStore } from './memory-adapter.ts'
import { errorPage, signedOutPage, signOutPage } from './provider-pages.ts'
import { sendPage } from './send-page.ts'

export interface ProviderSettings {
  accessTokenSeconds: number
  /** Characters that each ID token carries for nothing, as others carry groups. */
  idTokenBallast: number
  /** How many people there are beside those of the demo. */
  readonly crowd: number
}

export interface ProviderClient {
  readonly id: string
  readonly secret: string
  readonly name: string
  readonly publicUrl: string
  readonly backchannelLogout: boolean
}

export interface ConfigurationParts {
  readonly client: ProviderClient
  readonly apiAudience: string
  /** Other APIs that tokens may be asked for, by their resource indicators. */
  readonly moreResources: readonly string[]
  /** What access tokens may allow at those APIs. */
  readonly apiScopes: readonly string[]
  readonly signingKey: JWK
  readonly store: MemoryStore
  readonly accessTokens: JwtAccessTokens
  /** Read anew for every token. */
  readonly settings: ProviderSettings
}

const minuteSeconds = 60
const daySeconds = 24 * 60 * minuteSeconds

/** How the demo's provider differs from oidc-provider's defaults, which are strict and stay so. */
export function providerConfiguration(parts: ConfigurationParts): Configuration {
  const { apiAudience, client, settings } = parts
  const apiResource = resourceNamed(apiAudience)
  const resources = [apiResource, ...parts.moreResources]
  return {
    adapter: parts.store.adapter,
    jwks: { keys: [parts.signingKey] },
    clients: [clientMetadata(client)],
    clientDefaults: { token_endpoint_auth_method: 'client_secret_post' },
    clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
    clientBasedCORS: () => false,
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: {
        session: 'demo_provider_session',
        interaction: 'demo_provider_interaction',
        resume: 'demo_provider_resume',
      },
    },
    pkce: { required: () => true },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: {
      openid: ['sub', 'ballast'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => account(sub, settings),
    loadExistingGrant: (ctx) => grantOfItsOwn(ctx, resources),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // Otherwise a second sign-in in the same browser would kill the tokens of the first.
    expiresWithSession: () => false,
    rotateRefreshToken: () => true,
    formats: { customizers: { jwt: parts.accessTokens.customizer } },
    extraTokenClaims: (ctx) => signInClaims(ctx),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: () => settings.accessTokenSeconds,
      AuthorizationCode: minuteSeconds,
      IdToken: 60 * minuteSeconds,
      Interaction: 60 * minuteSeconds,
      Grant: 14 * daySeconds,
      RefreshToken: 14 * daySeconds,
      Session: 14 * daySeconds,
    },
    features: {
      devInteractions: { enabled: false },
      // The access token is for the sample API, so no token would open it; the ID token carries the claims.
      userinfo: { enabled: false },
      revocation: { enabled: true, allowedPolicy: isOwnToken },
      introspection: { enabled: true, allowedPolicy: isOwnToken },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => apiResource,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, resource) {
          if (!resources.includes(resource)) throw new errors.InvalidTarget()
          return {
            audience: resource === apiResource ? apiAudience : resource,
            scope: parts.apiScopes.join(' '),
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) =>
          sendPage(ctx, signOutPage({ appName: client.name, form }), client.publicUrl),
        postLogoutSuccessSource: (ctx) => sendPage(ctx, signedOutPage(client), client.publicUrl),
      },
    },
    renderError: (ctx, out) => sendPage(ctx, errorPage(out, client), client.publicUrl),
    // oidc-provider refuses to call loopback addresses, which is where the app of the demo lives.
    fetch: (url, request) => fetch(url, withoutLoopbackGuard(request)),
  }
}

/** A resource is named by an absolute URI (RFC 8707 §2), an audience by whatever an API likes. */
function resourceNamed(audience: string): string {
  return URL.canParse(audience) ? audience : `urn:strongroom:api:${encodeURIComponent(audience)}`
}

export function callbackOf({ publicUrl }: ProviderClient): string {
  return `${publicUrl}/auth/callback`
}

function clientMetadata(client: ProviderClient): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: client.id,
    client_secret: client.secret,
    client_name: client.name,
    redirect_uris: [callbackOf(client)],
    post_logout_redirect_uris: [`${client.publicUrl}/`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(client.backchannelLogout && {
      backchannel_logout_uri: `${client.publicUrl}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    }),
  }
}

function account(sub: string, settings: ProviderSettings) {
  const user = demoUser(sub, settings.crowd)
  return (
    user && {
      accountId: sub,
      claims: () => ({ ...user, ...ballast(settings), email_verified: true }),
    }
  )
}

/** When and how the user signed in, for APIs that ask (RFC 9068 §2.2.1). */
function signInClaims({ oidc }: KoaContextWithOIDC): Record<string, unknown> {
  const { AuthorizationCode: code, RefreshToken: refreshToken } = oidc.entities
  const { authTime, acr } = refreshToken ?? code ?? {}
  return { ...(authTime && { auth_time: authTime }), ...(acr && { acr }) }
}

function ballast({ idTokenBallast }: ProviderSettings) {
  return idTokenBallast > 0 ? { ballast: 'x'.repeat(idTokenBallast) } : {}
}

function withoutLoopbackGuard(request: RequestInit & { dispatcher?: unknown } = {}): RequestInit {
  const { dispatcher: _guard, ...rest } = request
  return rest
}

function isOwnToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string | undefined },
) {
  return token.clientId === client.clientId
}
