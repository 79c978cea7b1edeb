import { expect, test } from 'vitest'
import { barsSvg } from './bars.ts'
import { withSection } from './page.ts'
import { markdownTable } from './table.ts'

test('lines a table up, names to the left and figures to the right', () => {
  expect(markdownTable(['contender', 'µs'], [['nginx', '19.6']])).toBe(
    ['| contender |   µs |', '|-----------|-----:|', '| nginx     | 19.6 |'].join('\n'),
  )
})

test('replaces one section of the page and leaves the others alone', () => {
  const page = 'a\n<!-- bench:calls -->\nold\n<!-- /bench:calls -->\n<!-- bench:storm -->\nkept\n'

  expect(withSection(page, 'calls', 'new')).toBe(
    'a\n<!-- bench:calls -->\n\nnew\n\n<!-- /bench:calls -->\n<!-- bench:storm -->\nkept\n',
  )
})

test('refuses to write what the page has no place for', () => {
  expect(() => withSection('no place', 'calls', 'new')).toThrow('no place for "calls"')
})

test('draws bars as long as what they stand for', () => {
  const items = [
    { name: 'nginx', median: 20, min: 19, max: 25 },
    { name: 'strongroom', median: 80, min: 78, max: 100 },
  ]

  const svg = barsSvg({ title: 'CPU & "cost"', unit: 'µs', items })

  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(4)
  expect(svg).toContain('CPU &amp; &quot;cost&quot;')
  expect(svg).toContain('prefers-color-scheme: dark')
})
