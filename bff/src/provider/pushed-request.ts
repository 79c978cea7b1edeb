import { signingKey } from '../base/client-keys.ts'
import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithJAR,
  buildAuthorizationUrlWithPAR,
  type Configuration,
} from 'openid-client'
import type { Discovered } from './discovery.ts'
import { endpointFor } from './endpoint-for.ts'
import type { ProviderSettings } from './provider-settings.ts'

type AskingSettings = Pick<
  ProviderSettings,
  'clientCertificate' | 'clientKeys' | 'pushedRequests' | 'signedRequests'
>

/**
 * Where to send the browser. A request that is pushed goes to the provider from server to server, under our own name, and the
 * browser carries nothing but a reference to it: nobody on the way reads or changes what is asked.
 *
 * Throws where the provider could not be asked, or refuses.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/rfc9126 RFC 9126}
 */
export async function toAuthorize(
  { configuration, server }: Pick<Discovered, 'configuration' | 'server'>,
  query: URLSearchParams,
  settings: AskingSettings,
): Promise<URL> {
  const isPushed =
    server.require_pushed_authorization_requests === true ||
    (settings.pushedRequests === 'when-offered' &&
      endpointFor(server, 'pushed_authorization_request_endpoint', settings) !== undefined)
  const isSigned =
    settings.signedRequests === 'always' || server.require_signed_request_object === true
  if (!isSigned)
    return isPushed
      ? buildAuthorizationUrlWithPAR(configuration, query)
      : buildAuthorizationUrl(configuration, query)
  const url = await signed(configuration, query, settings)
  return isPushed ? pushed(configuration, url) : url
}

/**
 * The same in a JWT that is good for this provider, for a minute. Beside it stands `client_id` alone, so that nothing is said twice
 * (RFC 9101 §5).
 */
function signed(
  configuration: Configuration,
  query: URLSearchParams,
  { clientKeys: [first] }: AskingSettings,
): Promise<URL> {
  if (first === undefined) throw new TypeError('There is no key: checkDemands sees to that.')
  const key = { key: signingKey(first), kid: first.kid }
  return buildAuthorizationUrlWithJAR(configuration, query, key)
}

/** The JWT alone is handed on: what the endpoint's own address asks for openid-client adds again. */
function pushed(configuration: Configuration, { searchParams }: URL): Promise<URL> {
  const request = searchParams.get('request') ?? ''
  return buildAuthorizationUrlWithPAR(configuration, { request })
}
