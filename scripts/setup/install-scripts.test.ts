import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { unreviewedScripts } from './install-scripts.mjs'

const read = (name: string) => JSON.parse(readFileSync(name, 'utf8'))

test('every package with an install script is allowed by name and version', () => {
  const { allowScripts } = read('package.json')

  expect(unreviewedScripts(read('package-lock.json').packages, allowScripts)).toEqual([])
  // By its bare name too: npm takes no version from a lock file that has no addresses.
  expect(Object.keys(allowScripts)).toEqual(['node', 'node@24.21.0'])
})

test('another package, another version, a copy further down or under another name is not allowed', () => {
  const packages = {
    'node_modules/node': { version: '24.21.0', hasInstallScript: true },
    'node_modules/a/node_modules/node': { version: '24.22.0', hasInstallScript: true },
    'node_modules/@scope/b': { version: '1.0.0', hasInstallScript: true },
    'node_modules/alias': { name: 'miner', version: '1.0.0', hasInstallScript: true },
    'node_modules/denied': { version: '1.0.0', hasInstallScript: true },
    'node_modules/quiet': { version: '1.0.0' },
  }

  const found = unreviewedScripts(packages, {
    node: true,
    'node@24.21.0': true,
    'denied@1.0.0': false,
  })

  expect(found).toEqual(['node@24.22.0', '@scope/b@1.0.0', 'miner@1.0.0', 'denied@1.0.0'])
})

test('npm refuses by itself where it can', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^strict-allow-scripts=true$/m)
})
