import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['bff/src', 'shared/src']
const files = ['package-lock.json', 'bff/vite.config.ts']

/** Where a build notes what it was made of. */
export const noteName = 'built-from.txt'

/**
 * Names the sources by what they hold. By their times a build could pass for newer than sources that a checkout or a copy
 * has put in their place.
 *
 * @returns null where there are none, as in an image that holds the build alone
 */
export function sourcesFingerprint(root = repository) {
  if (!folders.every((folder) => existsSync(join(root, folder)))) return null
  const hash = createHash('sha256')
  for (const file of [...folders.flatMap((folder) => sourcesIn(root, folder)), ...files]) {
    hash.update(`${file}\0`)
    hash.update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : '')
    hash.update('\0')
  }
  return hash.digest('hex')
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory())
        return /^(testing|fuzz)$/.test(entry.name) ? [] : sourcesIn(root, path)
      return /(?<!\.test|\.contract|\.d)\.ts$/.test(entry.name) ? [path] : []
    })
}
