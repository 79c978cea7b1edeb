import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from './fault.mjs'
import { root } from './place.mjs'

/**
 * @typedef {{ version?: string, name?: string, hasInstallScript?: boolean }} LockedPackage
 * @typedef {Readonly<Record<string, LockedPackage>>} LockedPackages
 */

/**
 * Refuses before npm runs anything. Recent versions of npm refuse by themselves (`strict-allow-scripts` in .npmrc); the
 * one that comes with Node 20 knows no such list and runs what it finds.
 */
export function checkInstallScripts() {
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
  const found = unreviewedScripts(
    read('package-lock.json').packages,
    read('package.json').allowScripts,
  )
  if (found.length === 0) return
  throw new Fault(`Install scripts that nobody has allowed: ${found.join(', ')}.`, {
    cure:
      'Read what each does. Then allow it by name and version under "allowScripts" in package.json, or do without ' +
      'the package.',
  })
}

/**
 * Packages, as `name@version`, whose install scripts `npm ci` would run though they are not allowed by name and version.
 *
 * @param {LockedPackages} packages
 * @param {Readonly<Record<string, boolean>>} allowed
 */
export function unreviewedScripts(packages, allowed) {
  return Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(
      ([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`,
    )
    .filter((id) => allowed[id] !== true)
}
