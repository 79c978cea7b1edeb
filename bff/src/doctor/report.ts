import type { Finding, Level } from './check.ts'

/** No I/O. What was found, for people. */

export interface Section {
  readonly title: string
  readonly findings: readonly Finding[]
}

export interface ReportOptions {
  readonly columns: number
  readonly color: boolean
}

const signs: Readonly<
  Record<Level, { readonly sign: string; readonly word: string; readonly color: number }>
> = {
  ok: { sign: '✓', word: 'ok', color: 32 },
  note: { sign: '·', word: 'note', color: 2 },
  warning: { sign: '!', word: 'warning', color: 33 },
  fault: { sign: '✗', word: 'fault', color: 31 },
}

/** `  ✓ warning  `: the text begins behind it. */
const indent = 13

export function sectionReport({ title, findings }: Section, options: ReportOptions): string {
  const paint = painter(options)
  const lines = findings.flatMap(({ level, text, cure }) => {
    const { sign, word, color } = signs[level]
    const [first = '', ...rest] = wrap(text, options.columns - indent)
    const cures = cure === undefined ? [] : wrap(cure, options.columns - indent - 2)
    return [
      `  ${paint(color, `${sign} ${word.padEnd(7)}`)}  ${first}`,
      ...rest.map((line) => ' '.repeat(indent) + line),
      ...cures.map((line, at) => `${' '.repeat(indent)}${at === 0 ? '→' : ' '} ${line}`),
    ]
  })
  return `${paint(1, title)}\n${lines.map((line) => `${line}\n`).join('')}\n`
}

export function summary(findings: readonly Finding[], options: ReportOptions): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [faults, warnings] = [count('fault'), count('warning')]
  const paint = painter(options)
  if (faults === 0 && warnings === 0) return `${paint(32, '✓ All is well.')}\n`
  const told = [counted(faults, 'fault'), counted(warnings, 'warning')].filter(
    (text) => text !== '',
  )
  return faults > 0
    ? `${paint(31, `✗ ${told.join(', ')}.`)}\n`
    : `${paint(33, `! No fault, ${told.join('')}.`)}\n`
}

function counted(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`
}

function painter({ color }: ReportOptions) {
  return (code: number, text: string) => (color ? `\u001B[${code}m${text}\u001B[0m` : text)
}

/** At spaces alone: a URL that is longer than a line stays whole, to be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
