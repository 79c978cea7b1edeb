import type { Handler } from 'hono'
import type { ClientKey } from '../base/client-keys.ts'

/** How long a provider may go without looking again: a new key is to be published for longer before it signs. */
const maxAgeSeconds = 300

/**
 * The public halves of the keys by which this client proves itself, as a JWK Set, for the provider's `jwks_uri`.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/rfc7517#section-5 RFC 7517, §5}
 */
export function clientJwks(keys: readonly ClientKey[]): Handler {
  const body = JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) })
  return function clientJwks(c) {
    c.header('Cache-Control', `public, max-age=${maxAgeSeconds}`)
    return c.body(body, 200, { 'Content-Type': 'application/jwk-set+json' })
  }
}
