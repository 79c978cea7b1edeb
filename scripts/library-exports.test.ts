import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)

/** By `export { … } from`, which is all that stands in it. */
function exported(): readonly string[] {
  const code = readFileSync(new URL('bff/src/index.ts', root), 'utf8')
  return [...code.matchAll(/\{([^}]*)\}/g)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  )
}

function documented(): readonly string[] {
  const page = readFileSync(new URL('docs/library.md', root), 'utf8')
  const [, section = ''] = page.split('## Everything that it exports')
  const cells = section.match(/^\| .*? \|/gm) ?? []
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
}

test('the package exports what its page lists, and nothing else', () => {
  expect(exported().toSorted()).toEqual(documented().toSorted())
  expect(exported().length).toBeGreaterThan(20)
})
