import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Keys } from './key-ring.ts'

/** Seals what goes into the store. */
export interface Sealer {
  /** @param context  where it will lie: it opens nowhere else, so nobody can put one value in the place of another */
  seal(content: unknown, context: string): string
  /** @returns null when it was sealed by other keys, for another place, or not at all */
  open(sealed: string, context: string): unknown
}

const nonceBytes = 12
const tagBytes = 16

/** AES-256-GCM: `<key id>.<base64url of nonce, ciphertext and tag>`. */
export function sealerWith({ sealing, opening }: Keys): Sealer {
  return {
    seal(content, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
      return `${sealing.id}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`
    },
    open(sealed, context) {
      const [id = '', body = ''] = sealed.split('.')
      const key = opening.get(id)
      const bytes = Buffer.from(body, 'base64url')
      if (!key || bytes.length < nonceBytes + tagBytes) return null
      const end = bytes.length - tagBytes
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(end))
      try {
        const text = Buffer.concat([
          decipher.update(bytes.subarray(nonceBytes, end)),
          decipher.final(),
        ])
        return JSON.parse(text.toString('utf8'))
      } catch {
        return null
      }
    },
  }
}
