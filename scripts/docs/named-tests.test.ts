import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { faultsOfGuards, faultsOfPage, type Evidence } from './named-tests.ts'
import { testTitles, titlesIn } from './test-titles.ts'

const root = new URL('../../', import.meta.url)
const pages = ['docs/conformance.md', 'docs/threat-model.md', 'docs/outages.md', 'docs/proxy.md']
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

test('every test that the documents name exists', () => {
  const evidence = { tests: testTitles(root), sourceOf: read }

  const faults = pages.flatMap((page) => faultsOfPage(page, read(page), evidence))

  expect(faults).toEqual([])
})

test('every row of the threat model names a test of its attack with the guard off, or says why there is none', () => {
  const evidence = { tests: testTitles(root), sourceOf: read }
  const page = 'docs/threat-model.md'

  expect(faultsOfGuards(page, read(page), evidence)).toEqual([])
})

test('finds titles wherever they stand, and nothing that only looks like one', () => {
  const source = `
    test('plain', () => {})
    it("it’s quoted", async () => {})
    test.for([['a)', /[)'"]/], ["b'"]])('case %s', () => {})
    test.each(['x'] as const)(
      'over %s lines',
      () => {},
    )
    test(\`of \${mode}\`, () => {})
    test('with \\'quotes\\'', () => {})
    // test('in a comment', () => {})
    const text = "test('in a string')"
    pattern.test('not a title')
    test(computed, () => {})
    test.skip('skipped', () => {})
    test.todo('not written yet')
    test.fails('known to fail', () => {})
    test.skip.for([1])('skipped case %s', () => {})
    test.fixme('broken in the browser', () => {})
    test.skipIf(slow)('sometimes', () => {})
  `

  expect(titlesIn(source)).toEqual([
    'plain',
    'it’s quoted',
    'case %s',
    'over %s lines',
    'of ${mode}',
    "with 'quotes'",
    'sometimes',
  ])
})

const evidence: Evidence = {
  tests: [
    { file: 'bff/src/a.test.ts', title: 'refuses a wrong issuer' },
    { file: 'bff/src/a.test.ts', title: 'refuses a token with %s' },
    { file: 'bff/src/b.test.ts', title: 'takes a "quoted" word' },
  ],
  sourceOf: () => "['an old exp']",
}

const named: readonly string[] = [
  '[a.test.ts](../bff/src/a.test.ts) "refuses a wrong issuer"',
  '[a.test.ts](../bff/src/a.test.ts) `refuses a wrong issuer`',
  '[a.test.ts](../bff/src/a.test.ts) "refuses a token with an old exp"',
  '[a.test.ts](../bff/src/a.test.ts) "refuses a token with %s"',
  '[b.test.ts](../bff/src/b.test.ts) "takes a "quoted" word"',
  '"refuses a wrong issuer"',
  'not yet: nobody asks for it',
]

test.for(named)('takes %s', (cell) => {
  expect(faultsOfPage('page.md', tableWith(cell), evidence)).toEqual([])
})

const unnamed: ReadonlyArray<readonly [cell: string, fault: string]> = [
  ['', '"" names no test'],
  ['[a.test.ts](../bff/src/a.test.ts)', 'names no test'],
  ['[c.test.ts](../bff/src/c.test.ts) "x"', 'bff/src/c.test.ts has no tests'],
  [
    '[a.test.ts](../bff/src/a.test.ts) "refuses the wrong issuer"',
    'there is no test "refuses the wrong issuer"; the nearest is "refuses a wrong issuer"',
  ],
  ['[a.test.ts](../bff/src/a.test.ts) "refuses a token with wings"', 'there is no test'],
  ['[b.test.ts](../bff/src/b.test.ts) "refuses a wrong issuer"', 'there is no test'],
]

test.for(unnamed)('says of %j: %s', ([cell, fault]) => {
  const [first, ...others] = faultsOfPage('page.md', tableWith(cell), evidence)

  expect(first).toContain('page.md, row "7": ')
  expect(first).toContain(fault)
  expect(others).toEqual([])
})

const guards: ReadonlyArray<readonly [cell: string, ...faults: string[]]> = [
  ['[c.test.ts](../bff/src/c.test.ts) "without the seal, it opens"'],
  ['[c.test.ts](../bff/src/c.test.ts) "it opens, with the guard off"'],
  ['does not apply: the guard is the browser’s'],
  ['', '"" names no test'],
  ['[c.test.ts](../bff/src/c.test.ts) "without the seat, it opens"', 'there is no test'],
  ['[c.test.ts](../bff/src/c.test.ts) "it is refused"', 'does not say that a guard is off'],
]

test.for(guards)('of the guard off, says of %j: %s', ([cell, ...expected]) => {
  const titles = ['without the seal, it opens', 'it opens, with the guard off', 'it is refused']
  const tests = titles.map((title) => ({ file: 'bff/src/c.test.ts', title }))
  const table = `| they try | test | guard off |\n| --- | --- | --- |\n| 7 | "x" | ${cell} |\n`

  const faults = faultsOfGuards('page.md', table, { tests, sourceOf: () => '' })

  expect(faults).toHaveLength(expected.length)
  expect(faults.join()).toContain(expected.join())
})

test('a table without that column is told', () => {
  expect(faultsOfGuards('page.md', tableWith('"x"'), evidence)).toEqual([
    'page.md: 1 rows say nothing of the guard off',
  ])
})

function tableWith(cell: string): string {
  return `Text.\n\n| # | behaviour | test |\n| --- | --- | --- |\n| 7 | it refuses | ${cell} |\n`
}
