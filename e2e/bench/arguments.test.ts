import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readArguments, usage } from './arguments.ts'
import { measures } from './measures/index.ts'

test('measures everything unless told otherwise, and less when it must be quick', () => {
  const all = readArguments([])
  const quick = readArguments(['--quick'])

  expect(all).toMatchObject({ rounds: 5, measures: measures.map(({ name }) => name) })
  expect(quick).toMatchObject({ rounds: 3, measures: ['calls', 'storm', 'start'] })
})

test('tells what there is when something unknown is asked for', () => {
  expect(readArguments(['callz'])).toContain('There is no measure "callz", but: calls,')
  expect(readArguments(['--only', 'nobody'])).toContain('There is no contender "nobody", but:')
  expect(readArguments(['--rounds', '0'])).toContain('--rounds is "0", but must be')
  expect(readArguments(['--help'])).toBe(usage)
})

test('has a place on the page for everything that can be measured', () => {
  const page = readFileSync('docs/performance.md', 'utf8')

  for (const { name } of measures) {
    expect(page).toContain(`<!-- bench:${name} -->`)
    expect(page).toContain(`<!-- /bench:${name} -->`)
  }
})
