import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedPages } from './pages.ts'

const root = new URL('../../', import.meta.url)

test.for(Object.entries(generatedPages()))('%s says what the code says', ([path, text]) => {
  expect(readFileSync(new URL(path, root), 'utf8'), 'run: npm run docs').toBe(text)
})

test('every link from one page to another leads somewhere', () => {
  const pages = [
    'README.md',
    'SECURITY.md',
    'CHANGELOG.md',
    ...readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]

  const broken = pages.flatMap((page) => {
    const at = new URL(page, root)
    const links = readFileSync(at, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)
    return [...links].flatMap(([, link = '']) =>
      isThere(new URL(link, at)) ? [] : [`${page}: ${link}`],
    )
  })

  expect(broken).toEqual([])
})

function isThere(url: URL): boolean {
  try {
    readFileSync(url)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EISDIR'
  }
}
