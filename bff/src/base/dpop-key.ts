import { createECDH, createPrivateKey, sign, type KeyObject } from 'node:crypto'
import * as z from 'zod'
import { boundedCache } from './bounded-cache.ts'
import { digest } from './digest.ts'

/**
 * A private key that tokens are bound to (RFC 9449): the secret number of a P-256 key, 32 bytes in base64url. All else of the key
 * follows from it, so that a sealed session grows by these 43 characters alone.
 */
export const dpopKeySchema = z
  .string()
  .regex(/^[\w-]{43}$/)
  .brand<'dpop-key'>()

export type DpopKey = z.infer<typeof dpopKeySchema>

const curve = 'prime256v1'
const secretBytes = 32

export function newDpopKey(): DpopKey {
  const pair = createECDH(curve)
  pair.generateKeys()
  return inFull(pair.getPrivateKey()) as DpopKey
}

/** The public half, with the members that its thumbprint is made of, in their order (RFC 7638 §3.2). */
interface PublicJwk {
  readonly crv: 'P-256'
  readonly kty: 'EC'
  readonly x: string
  readonly y: string
}

interface Opened {
  readonly jwk: PublicJwk
  readonly sign: (text: string) => string
}

const mostOpened = 10_000

const opened = boundedCache<Opened>(mostOpened)

/** The key ready for use. To make it so costs as much as a few signatures, so it is remembered. */
export function openDpopKey(key: DpopKey): Opened {
  const known = opened.get(key)
  if (known) return known
  const made = open(key)
  opened.set(key, made)
  return made
}

/** The name of the public half, as the provider is told it with an authorization request (RFC 9449 §10). */
export function dpopThumbprint(key: DpopKey): string {
  return digest(JSON.stringify(openDpopKey(key).jwk))
}

function open(key: DpopKey): Opened {
  const pair = createECDH(curve)
  pair.setPrivateKey(key, 'base64url')
  // Behind the byte that says that both halves are there in full.
  const point = pair.getPublicKey()
  const x = point.subarray(1, 1 + secretBytes).toString('base64url')
  const y = point.subarray(1 + secretBytes).toString('base64url')
  const jwk: PublicJwk = { crv: 'P-256', kty: 'EC', x, y }
  const secret = createPrivateKey({ format: 'jwk', key: { ...jwk, d: key } })
  return { jwk, sign: (text) => signature(secret, text) }
}

/** ES256 (RFC 7518 §3.4). */
function signature(key: KeyObject, text: string): string {
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** A number that begins with zeros comes without them. */
function inFull(number: Buffer): string {
  const bytes = Buffer.alloc(secretBytes)
  number.copy(bytes, secretBytes - number.length)
  return bytes.toString('base64url')
}
