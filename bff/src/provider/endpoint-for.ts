import type { ServerMetadata } from 'openid-client'
import type { ProviderSettings } from './provider-settings.ts'

/** No I/O. */

type Endpoint =
  | 'introspection_endpoint'
  | 'pushed_authorization_request_endpoint'
  | 'revocation_endpoint'
  | 'userinfo_endpoint'

/** Where to ask: some providers have other addresses for those who come with a certificate (RFC 8705 §5). */
export function endpointFor(
  server: ServerMetadata,
  name: Endpoint,
  { clientCertificate }: Pick<ProviderSettings, 'clientCertificate'>,
): string | undefined {
  return (
    (clientCertificate === null ? undefined : server.mtls_endpoint_aliases?.[name]) ?? server[name]
  )
}
