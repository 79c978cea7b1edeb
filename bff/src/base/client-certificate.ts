import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isBehindPassphrase, jwkOf } from './client-keys.ts'
import { PlainError } from './plain-error.ts'
import { toleranceSeconds } from './tolerance-seconds.ts'

/** No I/O. No clock: `now` is passed in. */

/** A certificate of this client's own, and its private key, by which it is known to whoever it connects to (RFC 8705). */
export interface ClientCertificate {
  /** PEM, its own certificate first, then those between it and its authority. */
  readonly chain: string
  /** PEM. */
  readonly key: string
}

/**
 * Reads a certificate and its private key, both PEM.
 *
 * Throws {@link PlainError}, which quotes nothing of either.
 *
 * @param now  seconds since the epoch
 */
export function readClientCertificate(chain: string, key: string, now: number): ClientCertificate {
  const certificate = opened('holds no certificate', () => new X509Certificate(chain))
  if (isBehindPassphrase(key)) throw new PlainError('has a key behind a passphrase')
  const privateKey = opened('has a key that can’t be read', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new PlainError('has a key that is another certificate’s')
  if (Date.parse(certificate.validFrom) / 1000 > now + toleranceSeconds)
    throw new PlainError(`holds a certificate that is good only from ${certificate.validFrom}`)
  if (Date.parse(certificate.validTo) / 1000 <= now)
    throw new PlainError(`holds a certificate that was over on ${certificate.validTo}`)
  return { chain, key }
}

/** In how many whole days it is over, by a clock in seconds since the epoch. */
export function daysLeft({ chain }: ClientCertificate, now: number): number {
  const until = Date.parse(new X509Certificate(chain).validTo) / 1000
  return Math.floor((until - now) / 86_400)
}

/**
 * What a certificate is known by, and what a token that is bound to it says in `x5t#S256` (RFC 8705 §3.1): the SHA-256 of it whole, in
 * base64url. Of any kind of key.
 */
export function certificateThumbprint({ chain }: Pick<ClientCertificate, 'chain'>): string {
  const { fingerprint256 } = new X509Certificate(chain)
  return Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
}

/**
 * The certificate as a JWK, for a provider that is to know it by itself (`self_signed_tls_client_auth`, RFC 8705 §2.2.2).
 *
 * Throws {@link PlainError} where its key is of a kind that has none.
 */
export function certificateJwk(certificate: ClientCertificate): Readonly<Record<string, unknown>> {
  const { publicKey, raw } = new X509Certificate(certificate.chain)
  const kid = certificateThumbprint(certificate)
  return { ...jwkOf(publicKey), kid, use: 'sig', x5c: [raw.toString('base64')] }
}

function opened<T>(otherwise: string, open: () => T): T {
  try {
    return open()
  } catch {
    throw new PlainError(otherwise)
  }
}
