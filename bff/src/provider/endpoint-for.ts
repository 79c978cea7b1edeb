import type { ServerMetadata } from 'openid-client'
import type { ProviderSettings } from './provider-settings.ts'

/** No I/O. */

/** Where to ask: some providers have other addresses for those who come with a certificate (RFC 8705 §5). */
export function endpointFor(
  server: ServerMetadata,
  name: 'userinfo_endpoint' | 'introspection_endpoint',
  { clientCertificate }: Pick<ProviderSettings, 'clientCertificate'>,
): string | undefined {
  return (
    (clientCertificate === null ? undefined : server.mtls_endpoint_aliases?.[name]) ?? server[name]
  )
}
