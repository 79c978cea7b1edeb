import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discovery,
  type ClientAuth,
  type Configuration,
  type DiscoveryRequestOptions,
} from 'openid-client'
import { createRemoteJWKSet, customFetch as jwksFetch, type JWTVerifyGetKey } from 'jose'
import { describeCause } from '../base/describe-cause.ts'
import type { Clock } from '../base/clock.ts'
import { PlainError } from '../base/plain-error.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { boundedFetch } from './bounded-fetch.ts'

/** How the client proves itself at the token endpoint (OpenID Connect Core §9). */
export type ClientAuthentication = 'client_secret_post' | 'client_secret_basic'

export interface ProviderSettings {
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: string
  /** `null`: `client_secret_post` where the provider takes it. */
  readonly clientAuthentication: ClientAuthentication | null
  readonly fetch: typeof fetch
}

/** What is known of the provider, and its keys. */
export interface Discovered {
  readonly configuration: Configuration
  readonly keys: JWTVerifyGetKey
}

const timeoutSeconds = 8

/**
 * A token request that was sent is waited for: a provider that is slow spends the refresh token all the same, and its answer
 * is the only one there will be. Who has a user waiting has less patience of their own.
 */
const tokenTimeoutSeconds = 30
const freshForSeconds = 3600

/**
 * Reads the provider's metadata when it is first needed and again every hour, one request at a time. What was
 * known before stays in use while the provider can't be reached, so an outage there stops nobody here.
 *
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html OpenID Connect Discovery}
 */
export function lazyDiscovery(
  settings: ProviderSettings,
  clock: Clock,
  telemetry: Telemetry,
): () => Promise<Discovered> {
  let known: { readonly value: Discovered; readonly until: number } | null = null
  let inFlight: Promise<Discovered> | null = null

  async function rediscover(): Promise<Discovered> {
    try {
      const value = await discover(settings)
      known = { value, until: clock.now() + freshForSeconds }
      telemetry.record({ name: 'provider-discovered', issuer: settings.issuer.href })
      return value
    } catch (error) {
      telemetry.record({ name: 'provider-unreachable', detail: describeCause(error) })
      if (known) return known.value
      throw error
    } finally {
      inFlight = null
    }
  }

  return async function discovered() {
    if (known && clock.now() < known.until) return known.value
    inFlight ??= rediscover()
    // What is a little old serves meanwhile: nobody waits for a provider that is silent.
    return known ? known.value : inFlight
  }
}

async function discover(settings: ProviderSettings): Promise<Discovered> {
  const fetchNow = boundedFetch(settings.fetch)
  const insecure = settings.issuer.protocol === 'http:'
  const options: DiscoveryRequestOptions = {
    timeout: timeoutSeconds,
    [customFetch]: fetchNow as NonNullable<DiscoveryRequestOptions[typeof customFetch]>,
    execute: insecure ? [allowInsecureRequests] : [],
  }
  const configuration = await discovery(
    settings.issuer,
    settings.clientId,
    {},
    clientAuthentication(settings),
    options,
  )
  configuration.timeout = tokenTimeoutSeconds
  return { configuration, keys: keySet(configuration, fetchNow) }
}

/** The provider's keys: an unknown `kid` fetches them again at once, but not twice within a few seconds. */
function keySet(configuration: Configuration, fetchNow: typeof fetch): JWTVerifyGetKey {
  const { jwks_uri: location } = configuration.serverMetadata()
  if (location === undefined) throw new PlainError('the provider names no jwks_uri')
  return createRemoteJWKSet(new URL(location), {
    cooldownDuration: 5_000,
    timeoutDuration: timeoutSeconds * 1000,
    [jwksFetch]: fetchNow,
  })
}

/** The secret in the body unless the provider takes it in the header only: some misread percent-encoding there. */
function clientAuthentication({
  clientAuthentication,
  clientSecret,
}: ProviderSettings): ClientAuth {
  const post = ClientSecretPost(clientSecret)
  const basic = ClientSecretBasic(clientSecret)
  return (server, client, body, headers) => {
    const accepted = server.token_endpoint_auth_methods_supported ?? ['client_secret_post']
    const choice =
      clientAuthentication ??
      (accepted.includes('client_secret_post') || !accepted.includes('client_secret_basic')
        ? 'client_secret_post'
        : 'client_secret_basic')
    return (choice === 'client_secret_post' ? post : basic)(server, client, body, headers)
  }
}
