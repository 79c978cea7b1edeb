import { readFileSync, readdirSync } from 'node:fs'

/** One `test('…')` of the sources. */
export interface TitledTest {
  /** From the root: `bff/src/login/login.test.ts`. */
  readonly file: string
  /** As it is written: `%s is refused` for a test of many cases. */
  readonly title: string
}

const rooms = ['shared/src', 'bff/src', 'web/src', 'e2e', 'scripts']
const isTestFile = /\.(test|spec|contract)\.tsx?$/

/** Every test of the repository, read off the sources: nothing is run. */
export function testTitles(root: URL): readonly TitledTest[] {
  const files = rooms.flatMap((room) =>
    readdirSync(new URL(room, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => isTestFile.test(name) && !name.includes('node_modules'))
      .map((name) => `${room}/${name.replaceAll('\\', '/')}`),
  )
  return files.flatMap((file) =>
    titlesIn(readFileSync(new URL(file, root), 'utf8')).map((title) => ({ file, title })),
  )
}

/** What is written down and not run, or is meant to fail. */
const noEvidence = /\.(?:skip|todo|fixme|fails?)(?:\.|$)/

/**
 * The titles of `test('…')`, `it('…')` and of `test.for(…)('…')`, whatever stands in the first brackets. Those of
 * `test.skip('…')` and the like prove nothing, and are left out.
 */
export function titlesIn(source: string): readonly string[] {
  const blind = withoutText(source)
  return [...blind.matchAll(/(?<![\w.$])(?:test|it)(?:\.\w+)*(?=\()/g)].flatMap((call) => {
    if (noEvidence.test(call[0])) return []
    const open = call.index + call[0].length
    const table = /\.(?:for|each|skipIf|runIf)$/.test(call[0])
    const at = table ? closing(blind, open) + 1 : open
    const [, literal] = /^\(\s*((['"`])\s*\2)/.exec(blind.slice(at)) ?? []
    if (literal === undefined) return []
    const start = blind.indexOf(literal, at)
    return [unescaped(source.slice(start + 1, start + literal.length - 1))]
  })
}

/** Where the bracket that opens at `open` is closed. */
function closing(blind: string, open: number): number {
  let depth = 0
  for (let at = open; at < blind.length; at += 1) {
    if (blind[at] === '(') depth += 1
    if (blind[at] === ')') depth -= 1
    if (depth === 0) return at
  }
  return blind.length
}

/** Strings, patterns and comments, in the order in which one can hide another. */
const text =
  /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<=[(,=:[!&|?;{}\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/g

/** The same source, every character at its place, but with nothing in its strings, patterns and comments. */
function withoutText(source: string): string {
  return source.replace(text, (found) =>
    /^['"`]/.test(found)
      ? `${found[0]}${' '.repeat(found.length - 2)}${found[0]}`
      : ' '.repeat(found.length),
  )
}

function unescaped(literal: string): string {
  return literal.replace(/\\(['"`\\$])/g, '$1')
}
