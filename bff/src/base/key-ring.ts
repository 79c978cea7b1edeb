import { hkdfSync } from 'node:crypto'

/** What a sealed thing is for. A seal made for one purpose opens for no other. */
export type SealPurpose = 'session' | 'ticket' | 'login' | 'logout' | 'store'

/** Passwords for iron-session: `sealing` holds the newest alone, `opening` all that are still accepted. */
export interface Passwords {
  readonly sealing: Record<string, string>
  readonly opening: Record<string, string>
}

/** Keys of 32 bytes, by their id. */
export interface Keys {
  readonly sealing: { readonly id: string; readonly key: Buffer }
  readonly opening: ReadonlyMap<string, Buffer>
}

/** Derives keys for each purpose from the configured secrets: the first seals, all open. */
export interface KeyRing {
  keys(purpose: SealPurpose): Keys
  passwords(purpose: SealPurpose): Passwords
}

/**
 * A seal names the id of its key but no purpose, so with one password for all a login attempt would open as a
 * session (CVE-2023-48309 was that). The purpose is therefore part of the derivation (HKDF, RFC 5869).
 */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  function keys(purpose: SealPurpose): Keys {
    const derived = secrets.map((secret) => ({ id: keyId(secret), key: derive(secret, purpose) }))
    const [sealing] = derived
    if (!sealing) throw new TypeError('a key ring needs at least one secret')
    return { sealing, opening: new Map(derived.map(({ id, key }) => [id, key])) }
  }

  return {
    keys,
    passwords(purpose) {
      const { sealing, opening } = keys(purpose)
      return {
        sealing: { [sealing.id]: sealing.key.toString('hex') },
        opening: Object.fromEntries([...opening].map(([id, key]) => [id, key.toString('hex')])),
      }
    },
  }
}

/** The id follows from the secret, not from its place in the list: dropping an old secret renames no other. */
function keyId(secret: string): string {
  return String(derive(secret, 'key-id').readUInt32BE(0))
}

function derive(secret: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'strongroom', info, 32))
}
