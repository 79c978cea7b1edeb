import type { TitledTest } from './test-titles.ts'

/** No I/O. */

export interface Evidence {
  readonly tests: readonly TitledTest[]
  /** The source of a test file, to look for the case of a test that has many. */
  readonly sourceOf: (file: string) => string
}

/** A cell that names no test says why in these words first. */
const withoutTest = /^(?:not yet|does not apply|by construction):? /i

/** Those that show the attack working say so. */
const guardOffTitle = /^without |\bwith the guard off\b/

/**
 * What is wrong with the column "test" of a page's tables, each with the page, the row and the nearest title. A cell reads
 * `[login.test.ts](../bff/src/login/login.test.ts) "takes an answer once"`; several are parted by `<br>`.
 */
export function faultsOfPage(page: string, markdown: string, evidence: Evidence): string[] {
  return cellsOf(markdown, /^tests?$/i).flatMap(({ row, cell }) =>
    faultsOfCell(cell, evidence).map((fault) => `${page}, row "${row}": ${fault}`),
  )
}

/** The same of the column "guard off", which every row has: tests of the attack without its guard, or a reason. */
export function faultsOfGuards(page: string, markdown: string, evidence: Evidence): string[] {
  const cells = cellsOf(markdown, /^guard off$/i)
  const rows = cellsOf(markdown, /^tests?$/i)
  const faults = cells.flatMap(({ row, cell }) =>
    [...faultsOfCell(cell, evidence), ...faultsOfGuardTitles(cell)].map(
      (fault) => `${page}, row "${row}": ${fault}`,
    ),
  )
  const missing = rows.length - cells.length
  return missing === 0
    ? faults
    : [...faults, `${page}: ${missing} rows say nothing of the guard off`]
}

function faultsOfGuardTitles(cell: string): string[] {
  if (withoutTest.test(cell)) return []
  const titles = partsOf(cell).flatMap((part) => titleIn(part).title ?? [])
  return titles
    .filter((title) => !guardOffTitle.test(title))
    .map((title) => `"${title}" does not say that a guard is off`)
}

function cellsOf(
  markdown: string,
  heading: RegExp,
): ReadonlyArray<{ readonly row: string; readonly cell: string }> {
  let column = -1
  return markdown.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) {
      column = -1
      return []
    }
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|'))
    if (column === -1) {
      const found = cells.findIndex((cell) => heading.test(cell))
      column = found === -1 ? Number.NaN : found
      return []
    }
    const cell = cells[column]
    return cell === undefined || /^:?-+:?$/.test(cell) ? [] : [{ row: cells[0] ?? '', cell }]
  })
}

function faultsOfCell(cell: string, evidence: Evidence): string[] {
  if (withoutTest.test(cell)) return []
  return partsOf(cell).flatMap((part) => faultsOfPart(part, evidence))
}

function partsOf(cell: string): string[] {
  return cell.split(/<br ?\/?>/).map((part) => part.trim())
}

function titleIn(part: string): { readonly link: string; readonly title: string | undefined } {
  const [, link = '', said = ''] = /^(?:\[[^\]]*\]\(([^)]+)\))?[,:]?\s*(.*)$/.exec(part) ?? []
  return { link, title: /^(["`“])(.+)["`”]$/.exec(said)?.[2] }
}

function faultsOfPart(part: string, evidence: Evidence): string[] {
  const { link, title } = titleIn(part)
  if (title === undefined) return [`"${part}" names no test`]
  const file = link.replace(/^(?:\.\.\/)+/, '')
  const candidates = evidence.tests.filter((test) => file === '' || test.file === file)
  if (candidates.length === 0) return [`${file} has no tests`]
  if (candidates.some((test) => isMeant(test, title, evidence.sourceOf))) return []
  return [`there is no test "${title}"; the nearest is "${nearest(title, candidates)}"`]
}

/** Word by word, or as one of its cases: then the case stands in the same file. */
function isMeant(
  { file, title }: TitledTest,
  wanted: string,
  sourceOf: Evidence['sourceOf'],
): boolean {
  if (title === wanted) return true
  const parts = title.split(/%[sdifjoO#]|\$\{[^}]*\}|\$\w+(?:\.\w+)*/)
  if (parts.length === 1 || parts.every((part) => part.trim() === '')) return false
  const found = new RegExp(`^${parts.map(escaped).join('(.+)')}$`).exec(wanted)
  return found !== null && found.slice(1).every((value) => sourceOf(file).includes(value))
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function nearest(wanted: string, tests: readonly TitledTest[]): string {
  const scored = tests.map(({ title }) => ({ title, score: likeness(wanted, title) }))
  return scored.toSorted((a, b) => b.score - a.score)[0]?.title ?? ''
}

/** The share of neighbouring letters that two texts have in common. */
function likeness(one: string, other: string): number {
  const ones = pairs(one)
  const others = pairs(other)
  const common = [...ones].filter((pair) => others.has(pair)).length
  return (2 * common) / (ones.size + others.size)
}

function pairs(text: string): Set<string> {
  return new Set(Array.from(text.slice(1), (letter, index) => `${text[index]}${letter}`))
}
