import {
  allowInsecureRequests,
  ClientError,
  clockTolerance,
  customFetch,
  discovery,
  Configuration,
  type DiscoveryRequestOptions,
  type ServerMetadata,
} from 'openid-client'
import { anyTimeSeconds } from './check-times.ts'
import { checkDemands } from './check-demands.ts'
import { checkIssuer, checkMetadata } from './check-metadata.ts'
import { clientAuthentication } from './client-authentication.ts'
import { openedIdTokens } from './opened-id-tokens.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { toldRefusals } from './told-refusals.ts'

const discoveryTimeoutSeconds = 8

/**
 * A token request that was sent is waited for: a provider that is slow spends the refresh token all the same, and its answer
 * is the only one there will be. Who has a user waiting has less patience of their own.
 */
const tokenTimeoutSeconds = 30

type ClientFetch = NonNullable<DiscoveryRequestOptions[typeof customFetch]>

/** Reads the provider's discovery document and checks it. Throws when there is none, or none that may be trusted. */
export async function readConfiguration(
  settings: ProviderSettings,
  fetchNow: typeof fetch,
): Promise<Configuration> {
  const { issuer, issuerIdentifier, discoveryUrl, clientId } = settings
  const found = await discovery(discoveryUrl ?? issuer, clientId, undefined, undefined, {
    timeout: discoveryTimeoutSeconds,
    [customFetch]: fetchNow as ClientFetch,
    execute: issuer.protocol === 'http:' ? [allowInsecureRequests] : [],
  }).catch((error: unknown) => {
    const other = otherIssuer(error)
    if (other !== null) checkIssuer(other, issuerIdentifier)
    throw error
  })
  const server = withEndSession(found.serverMetadata(), settings)
  checkMetadata(server, issuerIdentifier)
  checkDemands(server, settings)
  return configurationOf(server, settings, fetchNow)
}

function withEndSession(server: ServerMetadata, { endSession }: ProviderSettings): ServerMetadata {
  return endSession.url === null ? server : { ...server, end_session_endpoint: endSession.url.href }
}

/** What openid-client is to know of a provider, and what it calls it with. */
export function configurationOf(
  server: ServerMetadata,
  settings: ProviderSettings,
  fetchNow: typeof fetch,
): Configuration {
  const { issuer, clientId, idTokenAlgorithm } = settings
  const configuration = new Configuration(
    server,
    clientId,
    // Times are for `checkTimes`: by our clock, with the seconds told, and at a refresh without losing what it brought.
    {
      [clockTolerance]: anyTimeSeconds,
      // RFC 8705 §5: some have other addresses for those who come with a certificate.
      use_mtls_endpoint_aliases: settings.clientCertificate !== null,
      ...(idTokenAlgorithm === null ? {} : { id_token_signed_response_alg: idTokenAlgorithm }),
    },
    clientAuthentication(settings),
  )
  configuration.timeout = tokenTimeoutSeconds
  configuration[customFetch] = openedIdTokens(toldRefusals(fetchNow), settings) as ClientFetch
  if (issuer.protocol === 'http:') allowInsecureRequests(configuration)
  return configuration
}

/** openid-client refuses the document of another issuer without naming it; whoever must mend that wants to know. */
function otherIssuer(error: unknown): string | null {
  if (!(error instanceof ClientError)) return null
  const cause = error.cause as { attribute?: unknown; body?: { issuer?: unknown } } | undefined
  const issuer = cause?.attribute === 'issuer' ? cause.body?.issuer : null
  return typeof issuer === 'string' ? issuer : null
}
