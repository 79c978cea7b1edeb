import { readFileSync, statSync } from 'node:fs'
import type { SecretSource } from '../base/key-ring.ts'
import { PlainError } from '../base/plain-error.ts'

/** No list of secrets is as long; a log or an image that was named by mistake is. */
const mostBytes = 65_536

/**
 * The secrets in a file, parted by commas or line breaks. Read anew each time instead of watched: a file is replaced by a
 * rename, or a link is turned to another folder (as Kubernetes does with a mounted secret), and a watch on what was there sees neither.
 */
export function secretFile(path: string): SecretSource {
  return {
    current() {
      const found = statSync(path)
      // A pipe would be waited for until somebody writes to it.
      if (!found.isFile()) throw new PlainError('not a file')
      if (found.size > mostBytes) throw new PlainError(`a file of ${found.size} bytes`)
      return secretsIn(readFileSync(path, 'utf8'))
    },
  }
}

export function secretsIn(text: string): readonly string[] {
  return text
    .split(/[,\r\n]/)
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '')
}
