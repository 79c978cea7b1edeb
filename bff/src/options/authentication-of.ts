import type { ClientAuthentication } from '../base/client-authentications.ts'
import type { ProviderOptions } from './options.ts'

/** No I/O. */

/**
 * How this client proves itself: as it is said, else by a key where there is no secret.
 *
 * @returns null for its secret, in the body or in the header as the provider takes it
 */
export function authenticationOf({
  clientAuthentication,
  clientKeys = '',
  clientSecret = '',
}: ProviderOptions): ClientAuthentication | null {
  const byKey = clientSecret === '' && clientKeys !== ''
  return clientAuthentication ?? (byKey ? 'private_key_jwt' : null)
}
