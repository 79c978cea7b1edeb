import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithPAR,
  type Configuration,
} from 'openid-client'

/** `when-offered`: wherever the provider can take it; `when-required`: only where it insists. */
export type PushedRequests = 'when-offered' | 'when-required'

/**
 * Where to send the browser. A request that is pushed goes to the provider from server to server, under our own name, and the
 * browser carries nothing but a reference to it: nobody on the way reads or changes what is asked.
 *
 * Throws where the provider could not be asked, or refuses.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/rfc9126 RFC 9126}
 */
export async function toAuthorize(
  configuration: Configuration,
  query: URLSearchParams,
  pushedRequests: PushedRequests,
): Promise<URL> {
  const server = configuration.serverMetadata()
  const isPushed =
    server.require_pushed_authorization_requests === true ||
    (pushedRequests === 'when-offered' &&
      server.pushed_authorization_request_endpoint !== undefined)
  return isPushed
    ? buildAuthorizationUrlWithPAR(configuration, query)
    : buildAuthorizationUrl(configuration, query)
}
