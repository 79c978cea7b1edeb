import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly link?: boolean
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
)

// npm leaves out what its registry did not have when the lock file was written, and `npm ci` then refuses
// wherever the registry has it, or on the platform that needs it.
test('the lock file names the binaries of every platform', () => {
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')))

  const wanted = Object.values(packages).flatMap((one) =>
    Object.keys(one.optionalDependencies ?? {}),
  )

  expect(wanted.filter((name) => !locked.has(name))).toEqual([])
})

// What comes from a repository or a bare URL has no hash, and npm runs its scripts to build it.
test('every package is held by its hash', () => {
  const installed = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && link !== true,
  )

  const unheld = installed.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))

  expect(unheld.map(([path]) => path)).toEqual([])
})
