import { hkdfSync } from 'node:crypto'

/** What a sealed thing is for. A seal made for one purpose opens for no other. */
export type SealPurpose = 'session' | 'login' | 'store'

/** Passwords for iron-session: `sealing` holds the newest alone, `opening` all that are still accepted. */
export interface Passwords {
  readonly sealing: Record<string, string>
  readonly opening: Record<string, string>
}

/** Derives a password for each purpose from the configured secrets: the first seals, all open. */
export interface KeyRing {
  passwords(purpose: SealPurpose): Passwords
}

/**
 * A seal names the id of its key but no purpose, so with one password for all a login attempt would open as a
 * session (CVE-2023-48309 was that). The purpose is therefore part of the derivation (HKDF, RFC 5869).
 */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  return {
    passwords(purpose) {
      const derived = secrets.map((secret) => [
        keyId(secret),
        derive(secret, purpose).toString('hex'),
      ])
      return {
        sealing: Object.fromEntries(derived.slice(0, 1)),
        opening: Object.fromEntries(derived),
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
