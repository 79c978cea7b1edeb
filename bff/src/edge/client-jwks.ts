import type { Handler } from 'hono'
import { certificateJwk, type ClientCertificate } from '../base/client-certificate.ts'
import type { ClientKey } from '../base/client-keys.ts'
import type { DecryptionKey } from '../base/decryption-keys.ts'

/** How long a provider may go without looking again: a new key is to be published for longer before it signs. */
const maxAgeSeconds = 300

export interface PublishedKeys {
  readonly clientKeys: readonly ClientKey[]
  readonly decryptionKeys: readonly DecryptionKey[]
  readonly clientCertificate: ClientCertificate | null
}

/**
 * The public halves of the keys by which this client proves itself, those for which the provider encrypts, and its certificate, as a JWK
 * Set, for the provider's `jwks_uri`.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/rfc7517#section-5 RFC 7517, §5}
 */
export function clientJwks(published: PublishedKeys): Handler {
  return function clientJwks(c) {
    // They may have been renewed since the last time.
    const { clientCertificate, clientKeys, decryptionKeys } = published
    const keys = [...clientKeys, ...decryptionKeys].map(({ publicJwk }) => publicJwk)
    const certificates = clientCertificate === null ? [] : [certificateJwk(clientCertificate)]
    c.header('Cache-Control', `public, max-age=${maxAgeSeconds}`)
    const body = JSON.stringify({ keys: [...keys, ...certificates] })
    return c.body(body, 200, { 'Content-Type': 'application/jwk-set+json' })
  }
}
