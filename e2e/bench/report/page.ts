import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../machine/describe.ts'
import { repository } from '../machine/launch.ts'
import type { Finding } from '../measures/measure.ts'
import { barsSvg } from './bars.ts'
import { markdownTable } from './table.ts'

const page = 'docs/performance.md'

/** Puts what was measured into its places on the page. What was not measured this time stays as it was. */
export function writePage(findings: Readonly<Record<string, Finding>>): void {
  let text = readFileSync(join(repository, page), 'utf8')
  for (const [name, finding] of Object.entries(findings)) {
    const image = `images/bench-${name}.svg`
    if (finding.bars) writeFileSync(join(repository, 'docs', image), barsSvg(finding.bars))
    text = withSection(text, name, section(finding, finding.bars ? image : null))
  }
  writeFileSync(join(repository, page), text)
  process.stdout.write(`Wrote ${page}.\n`)
}

/** @throws where the page has no place of that name */
export function withSection(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${page} has no place for "${name}".`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}

function section({ bars, head, method, notes = [], rows }: Finding, image: string | null): string {
  const day = new Date().toISOString().slice(0, 10)
  return [
    method,
    ...(bars && image !== null ? [`![${bars.title}](${image})`] : []),
    markdownTable(head, rows),
    ...notes,
    `*Measured on ${day}: ${describeMachine()}.*`,
  ].join('\n\n')
}
