import type { ClientKey } from '../base/client-keys.ts'
import { signingKey } from '../base/client-keys.ts'
import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithJAR,
  buildAuthorizationUrlWithPAR,
  type Configuration,
} from 'openid-client'

/** `when-offered`: wherever the provider can take it; `when-required`: only where it insists. */
export type PushedRequests = 'when-offered' | 'when-required'

/** Whether what is asked for is signed with the client's key (RFC 9101): only where the provider insists, or always. */
export type SignedRequests = 'when-required' | 'always'

export interface AskingSettings {
  readonly pushedRequests: PushedRequests
  readonly signedRequests: SignedRequests
  readonly clientKeys: readonly ClientKey[]
}

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
  settings: AskingSettings,
): Promise<URL> {
  const server = configuration.serverMetadata()
  const isPushed =
    server.require_pushed_authorization_requests === true ||
    (settings.pushedRequests === 'when-offered' &&
      server.pushed_authorization_request_endpoint !== undefined)
  const isSigned =
    settings.signedRequests === 'always' || server.require_signed_request_object === true
  const asked = isSigned ? await signed(configuration, query, settings) : query
  return isPushed
    ? buildAuthorizationUrlWithPAR(configuration, asked)
    : buildAuthorizationUrl(configuration, asked)
}

/**
 * The same in a JWT that is good for this provider, for a minute. Beside it stands `client_id` alone, so that nothing is said twice
 * (RFC 9101 §5).
 */
async function signed(
  configuration: Configuration,
  query: URLSearchParams,
  { clientKeys: [first] }: AskingSettings,
): Promise<URLSearchParams> {
  if (first === undefined) throw new TypeError('There is no key: checkDemands sees to that.')
  const key = { key: signingKey(first), kid: first.kid }
  return (await buildAuthorizationUrlWithJAR(configuration, query, key)).searchParams
}
