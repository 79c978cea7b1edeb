import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

// npm leaves out what its registry did not have when the lock file was written, and `npm ci` then refuses
// wherever the registry has it, or on the platform that needs it.
test('the lock file names the binaries of every platform', () => {
  const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(
    readFileSync('package-lock.json', 'utf8'),
  )
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')))

  const wanted = Object.values(packages).flatMap((one) =>
    Object.keys(one.optionalDependencies ?? {}),
  )

  expect(wanted.filter((name) => !locked.has(name))).toEqual([])
})
