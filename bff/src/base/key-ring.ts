import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** What a sealed thing is for. A seal made for one purpose opens for no other. */
export type SealPurpose = 'session' | 'ticket' | 'login' | 'logout' | 'store' | 'connect' | 'grant'

/** Passwords for iron-session: `sealing` holds the newest alone, `opening` all that are still accepted. */
export interface Passwords {
  readonly sealing: Record<string, string>
  readonly opening: Record<string, string>
}

/** Keys of 32 bytes, by their id. As key objects: of bare bytes Node makes one anew each time, which takes longer than to use it. */
export interface Keys {
  readonly sealing: { readonly id: string; readonly key: KeyObject }
  readonly opening: ReadonlyMap<string, KeyObject>
}

/** Where the secrets come from while they may change: the newest first. Asked once a second at most. */
export interface SecretSource {
  current(): readonly string[]
}

/**
 * Derives keys for each purpose from the secrets: the first seals, all open. Ask each time, and keep what it gives no
 * longer than a moment: the secrets may change, and what is gone from the list must open nothing any more.
 */
export interface KeyRing {
  /** The same object for as long as the secrets stay the same: it is derived once. */
  keys(purpose: SealPurpose): Keys
  passwords(purpose: SealPurpose): Passwords
}

/**
 * A seal names the id of its key but no purpose, so with one password for all a login attempt would open as a
 * session (CVE-2023-48309 was that). The purpose is therefore part of the derivation (HKDF, RFC 5869).
 */
export function createKeyRing(secrets: readonly string[] | SecretSource): KeyRing {
  const source = asSource(secrets)
  let derivedFrom: readonly string[] = []
  let derived = new Map<SealPurpose, { keys: Keys; passwords: Passwords }>()

  function ofNow(purpose: SealPurpose): { keys: Keys; passwords: Passwords } {
    const current = source.current()
    if (!isSameList(current, derivedFrom)) {
      derivedFrom = [...current]
      derived = new Map()
    }
    const known = derived.get(purpose)
    if (known) return known
    const keys = deriveKeys(derivedFrom, purpose)
    const made = { keys, passwords: passwordsOf(keys) }
    derived.set(purpose, made)
    return made
  }

  return {
    keys: (purpose) => ofNow(purpose).keys,
    passwords: (purpose) => ofNow(purpose).passwords,
  }
}

export function asSource(secrets: readonly string[] | SecretSource): SecretSource {
  return 'current' in secrets ? secrets : { current: () => secrets }
}

export function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return (
    one === other || (one.length === other.length && one.every((item, at) => item === other[at]))
  )
}

/** The id follows from the secret, not from its place in the list: dropping an old secret renames no other. */
export function keyId(secret: string): string {
  return String(derive(secret, 'key-id').readUInt32BE(0))
}

function deriveKeys(secrets: readonly string[], purpose: SealPurpose): Keys {
  const derived = secrets.map((secret) => ({
    id: keyId(secret),
    key: createSecretKey(derive(secret, purpose)),
  }))
  const [sealing] = derived
  if (!sealing) throw new TypeError('a key ring needs at least one secret')
  return { sealing, opening: new Map(derived.map(({ id, key }) => [id, key])) }
}

const hexOf = (key: KeyObject) => key.export().toString('hex')

function passwordsOf({ sealing, opening }: Keys): Passwords {
  const accepted = Object.fromEntries([...opening].map(([id, key]) => [id, hexOf(key)]))
  return {
    sealing: { [sealing.id]: hexOf(sealing.key) },
    // Looked up by what a cookie says, which may be `__proto__`.
    opening: Object.assign(Object.create(null), accepted) as Record<string, string>,
  }
}

function derive(secret: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'strongroom', info, 32))
}
