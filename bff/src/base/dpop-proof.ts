import { randomUUID } from 'node:crypto'
import { digest } from './digest.ts'
import { openDpopKey, type DpopKey } from './dpop-key.ts'

/** No I/O. No clock: `now` is passed in. */

/** The one request that a proof is for. */
export interface ProvenRequest {
  readonly method: string
  /** Where it goes. Query and fragment are left out of the proof (RFC 9449 §4.2). */
  readonly url: string
  /** What goes along with it, if a token does. */
  readonly accessToken: string | null
  /** The newest that whoever is asked has given, if any. */
  readonly nonce: string | null
}

/**
 * A proof that whoever sends a request holds the key, good for this one request (RFC 9449 §4.2): each has a name of its own, so one
 * that is sent again must be made anew. Signed at once, without a turn of the thread pool.
 *
 * @param now  seconds since the epoch
 */
export function dpopProof(key: DpopKey, request: ProvenRequest, now: number): string {
  const { accessToken, method, nonce, url } = request
  const { jwk, sign } = openDpopKey(key)
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: withoutQuery(url),
    iat: now,
    ...(accessToken !== null && { ath: digest(accessToken) }),
    ...(nonce !== null && { nonce }),
  }
  const text = `${encoded(header)}.${encoded(claims)}`
  return `${text}.${sign(text)}`
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
