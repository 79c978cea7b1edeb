import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto'
import type { KeyRing, Keys, SealPurpose } from './key-ring.ts'

/** Seals what goes into the store. */
export interface Sealer {
  /** @param context  where it will lie: it opens nowhere else, so nobody can put one value in the place of another */
  seal(content: unknown, context: string): string
  /** @returns null when it was sealed by other keys, for another place, or not at all */
  open(sealed: string, context: string): unknown
  /**
   * The same where things of several kinds lie in one place: which of these it was sealed for, and what it is. What was sealed for
   * none of them is refused, once.
   */
  openOneOf<C extends string>(sealed: string, contexts: readonly C[]): Opened<C> | null
}

export interface Opened<C extends string> {
  readonly context: C
  readonly content: unknown
}

const nonceBytes = 12
const tagBytes = 16

/** Why a seal does not open, as far as it can be told: whoever made it up chose which of them. */
export type SealRefusal = 'unknown-key' | 'tampered'

/** Hears what became of each seal. */
export interface SealWatch {
  opened(key: string): void
  refused(reason: SealRefusal): void
}

/** Seals with the newest key of the ring, opens with all that are in it at that moment. */
export function sealerFor(keyRing: KeyRing, purpose: SealPurpose, watch?: SealWatch): Sealer {
  const ofNow = () => sealerWith(keyRing.keys(purpose), watch)
  return {
    seal: (content, context) => ofNow().seal(content, context),
    open: (sealed, context) => ofNow().open(sealed, context),
    openOneOf: (sealed, contexts) => ofNow().openOneOf(sealed, contexts),
  }
}

/** AES-256-GCM: `<key id>.<base64url of nonce, ciphertext and tag>`. */
export function sealerWith({ sealing, opening }: Keys, watch?: SealWatch): Sealer {
  function refused(reason: SealRefusal): null {
    watch?.refused(reason)
    return null
  }

  function openOneOf<C extends string>(sealed: string, contexts: readonly C[]): Opened<C> | null {
    // Nothing there is nothing refused.
    if (sealed === '') return null
    const [id = '', body = ''] = sealed.split('.')
    const key = opening.get(id)
    if (!key) return refused('unknown-key')
    const bytes = Buffer.from(body, 'base64url')
    if (bytes.length < nonceBytes + tagBytes) return refused('tampered')
    for (const context of contexts) {
      const text = decrypted(bytes, key, context)
      if (text === null) continue
      watch?.opened(id)
      return { context, content: JSON.parse(text) }
    }
    return refused('tampered')
  }

  return {
    seal(content, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
      return `${sealing.id}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`
    },
    open: (sealed, context) => openOneOf(sealed, [context])?.content ?? null,
    openOneOf,
  }
}

/** Null when it was sealed for another place, by another key, or not at all. */
function decrypted(bytes: Buffer, key: KeyObject, context: string): string | null {
  const end = bytes.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(end))
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()])
    return text.toString('utf8')
  } catch {
    return null
  }
}
