import { isSameList, type SecretSource } from '../base/key-ring.ts'
import { readSmallFile } from './small-file.ts'

/**
 * The secrets in a file, parted by commas or line breaks. Read anew each time instead of watched: a file is replaced by a
 * rename, or a link is turned to another folder (as Kubernetes does with a mounted secret), and a watch on what was there sees neither.
 *
 * A change counts when two looks in a row read the same: half of a list, or of a long secret, can pass for a whole one, and
 * would sign everybody out.
 */
export function secretFile(path: string): SecretSource {
  let inUse: readonly string[] | null = null
  let lastRead: readonly string[] = []
  return {
    current() {
      const found = secretsIn(readSmallFile(path))
      if (inUse === null || isSameList(found, lastRead)) inUse = found
      lastRead = found
      return inUse
    },
  }
}

/** Each once: a secret that stands there twice would only look like two. */
export function secretsIn(text: string): readonly string[] {
  const secrets = text.split(/[,\r\n]/).map((secret) => secret.trim())
  return [...new Set(secrets)].filter((secret) => secret !== '')
}
