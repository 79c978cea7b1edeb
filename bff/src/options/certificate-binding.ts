import type { CertificateBinding } from '../provider/provider-settings.ts'
import type { BffOptions } from './options.ts'

/** No I/O. */

/**
 * Whether access tokens are to be bound to the client's certificate (RFC 8705 §3). The profile demands it where nothing else binds
 * them; a row that shows the certificate to its API takes it to be so. A certificate alone may be there for nothing but to prove
 * who the client is.
 */
export function certificateBindingOf({ provider, upstreams }: BffOptions): CertificateBinding {
  const { clientCertificate = '', dpop, profile } = provider
  if (clientCertificate === '') return null
  if (profile === 'fapi2' && dpop !== true) return 'required'
  const isShown = upstreams.some((row) => row.clientCertificate === true && row.token !== 'none')
  return isShown ? 'expected' : null
}
