import type { Configuration, ServerMetadata } from 'openid-client'
import type { JWTVerifyGetKey } from 'jose'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { isFapiAlgorithm } from '../base/fapi2.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../base/signing-algorithms.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { keySet } from './key-set.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { readConfiguration } from './read-configuration.ts'

/** What is known of the provider, and of what its tokens must hold. */
export interface Discovered {
  readonly configuration: Configuration
  /** What its discovery document says. openid-client makes a copy of it each time that it is asked, which costs. */
  readonly server: ServerMetadata
  readonly keys: JWTVerifyGetKey
  readonly issuer: string
  readonly clientId: string
  /** What its tokens may be signed with: asymmetric algorithms alone. */
  readonly algorithms: readonly SigningAlgorithm[]
  /** The same of what the authorization endpoint says in a JWT. */
  readonly answerAlgorithms: readonly SigningAlgorithm[]
  /** The same of signed userinfo, and of signed introspection: those of ID tokens where the provider names no others. */
  readonly userinfoAlgorithms: readonly SigningAlgorithm[]
  readonly introspectionAlgorithms: readonly SigningAlgorithm[]
  readonly trustedAudiences: readonly string[]
}

export interface Discovery {
  /** What is known, from now or from before. Throws {@link DiscoveryFailed} alone. */
  discovered(): Promise<Discovered>
  /** What came of the provider's being asked last, whatever serves on meanwhile; null when it answered. */
  trouble(): DiscoveryFailed | null
}

/** The provider could not be found, or its document not be trusted. That says nothing of any token. */
export class DiscoveryFailed extends Error {
  override readonly name = 'DiscoveryFailed'
}

const freshForSeconds = 3600

/** Anybody can make us ask: a load balancer, a flood of logout tokens, a page that sends to the sign-in again and again. */
const cooldownSeconds = 5

const noPkce =
  'The provider’s discovery document does not list S256 among its code_challenge_methods. Strongroom sends a challenge all the same; that it is checked, ask the provider.'
const noDpop =
  'OIDC_DPOP is on, and the provider’s discovery document does not list ES256 among its dpop_signing_alg_values_supported. Unless it binds access tokens to a key all the same, no sign-in will succeed (with acceptBearerTokens: no token will be bound). Ask the provider, or leave OIDC_DPOP out.'

/**
 * Reads the provider's metadata when it is first needed and again every hour, one request at a time, and after a
 * failure not for five seconds. What was known before stays in use while the provider can't be reached, so an outage there
 * stops nobody here.
 *
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html OpenID Connect Discovery}
 */
export function lazyDiscovery(
  settings: ProviderSettings,
  clock: Clock,
  telemetry: Telemetry,
): Discovery {
  const fetchNow = boundedFetch(settings.fetch)
  let known: { readonly value: Discovered; readonly until: number } | null = null
  let keys: { readonly location: string; readonly keySet: JWTVerifyGetKey } | null = null
  let failed: { readonly error: DiscoveryFailed; readonly coolUntil: number } | null = null
  let inFlight: Promise<Discovered> | null = null
  const toldOf = new Set<string>()

  async function rediscover(): Promise<Discovered> {
    try {
      const value = toDiscovered(settings, await readConfiguration(settings, fetchNow))
      known = { value, until: clock.now() + freshForSeconds }
      failed = null
      telemetry.record({ name: 'provider-discovered', issuer: value.issuer })
      tellOfGaps(value.server)
      return value
    } catch (error) {
      telemetry.record({ name: 'provider-unreachable', detail: describeCause(error) })
      failed = {
        error: new DiscoveryFailed('nothing is known of the provider', { cause: error }),
        coolUntil: clock.now() + cooldownSeconds,
      }
      if (known) return known.value
      throw failed.error
    } finally {
      inFlight = null
    }
  }

  function toDiscovered(
    { issuerIdentifier, clientId, idTokenAlgorithm, profile, trustedAudiences }: ProviderSettings,
    configuration: Configuration,
  ): Discovered {
    const server = Object.freeze(configuration.serverMetadata())
    const {
      id_token_signing_alg_values_supported: idTokenAlgorithms,
      introspection_signing_alg_values_supported: ofIntrospection,
      userinfo_signing_alg_values_supported: ofUserinfo,
    } = server
    const algorithms =
      idTokenAlgorithm === null ? offered(idTokenAlgorithms, profile) : [idTokenAlgorithm]
    return {
      configuration,
      server,
      keys: keysAt(server.jwks_uri ?? ''),
      issuer: issuerIdentifier,
      clientId,
      algorithms,
      answerAlgorithms: offered(server.authorization_signing_alg_values_supported, profile),
      // Each is registered by itself (OpenID Connect Registration §2, RFC 9701 §6).
      userinfoAlgorithms: ofUserinfo === undefined ? algorithms : offered(ofUserinfo, profile),
      introspectionAlgorithms:
        ofIntrospection === undefined ? algorithms : offered(ofIntrospection, profile),
      trustedAudiences,
    }
  }

  /** Known keys outlive the document that named their address, while it is the same. */
  function keysAt(location: string): JWTVerifyGetKey {
    if (keys?.location !== location) {
      keys = { location, keySet: keySet(new URL(location), fetchNow, clock) }
    }
    return keys.keySet
  }

  /** What is told once: metadata may leave out what the provider can do. */
  function tellOfGaps(server: ServerMetadata): void {
    const { code_challenge_methods_supported: methods } = server
    if (methods !== undefined && !methods.includes('S256')) tellOnce(noPkce)
    if (settings.dpop && !offersDpop(server)) tellOnce(noDpop)
  }

  function tellOnce(text: string): void {
    if (toldOf.has(text)) return
    toldOf.add(text)
    telemetry.record({ name: 'notice', text })
  }

  return {
    async discovered() {
      if (known && clock.now() < known.until) return known.value
      const cool = failed !== null && clock.now() < failed.coolUntil
      if (!cool) inFlight ??= rediscover()
      // What is a little old serves meanwhile: nobody waits for a provider that is silent.
      if (known) return known.value
      if (inFlight) return inFlight
      throw failed?.error ?? new DiscoveryFailed('nothing is known of the provider')
    },
    trouble: () => failed?.error ?? null,
  }
}

/** Whether it says that it binds tokens to keys of the one kind that is made here (RFC 9449 §5.1). */
export function offersDpop({ dpop_signing_alg_values_supported: names }: ServerMetadata): boolean {
  return Array.isArray(names) && names.includes('ES256')
}

/** RS256 is what a provider signs with that says nothing else (OpenID Connect Core §3.1.3.7 step 7, JARM §3). */
function offered(said: unknown, profile: ProviderSettings['profile']): readonly SigningAlgorithm[] {
  const named = new Set<unknown>(Array.isArray(said) ? said : ['RS256'])
  const isMeant = profile === 'fapi2' ? isFapiAlgorithm : () => true
  return signingAlgorithms.filter((algorithm) => named.has(algorithm) && isMeant(algorithm))
}
