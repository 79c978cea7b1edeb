import { others, percentile, count, type Answer } from './answer.ts'
import type { CaseResult } from './racer.ts'

const heads = [
  'case',
  'instances',
  'store',
  'calls',
  'token requests',
  '200',
  'others',
  'session',
  'p50 ms',
  'p99 ms',
  'verdict',
]

/** A row for each case, in Markdown that also reads well as it is. */
export function table(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) => [rowOf(result), ...groupRows(result)])
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

function rowOf({
  case: { instances, name, store, workers = 1 },
  outcome,
  misses,
}: CaseResult): string[] {
  const verdict = misses.length > 0 ? 'MISS' : ['holds', outcome?.note].filter(Boolean).join(', ')
  const named = [name, workers > 1 ? `${instances} × ${workers} workers` : String(instances), store]
  if (!outcome) return [...named, '', '', '', '', '', '', '', verdict]
  const { alive, answers, tokenRequests } = outcome
  const { granted, refused } = tokenRequests
  const requests = refused > 0 ? `${granted} (+ ${refused} refused)` : String(granted)
  const session = alive === null ? 'ended' : alive ? 'alive' : 'LOST'
  const [calls = '', good = '', rest = '', p50 = '', p99 = ''] = figures(answers)
  return [...named, calls, requests, good, rest, session, p50, p99, verdict]
}

function groupRows({ outcome }: CaseResult): string[][] {
  return (outcome?.groups ?? []).map(({ name, answers }) => {
    const [calls = '', good = '', rest = '', p50 = '', p99 = ''] = figures(answers)
    return [`… ${name}`, '', '', calls, '', good, rest, '', p50, p99, '']
  })
}

function figures(answers: readonly Answer[]): string[] {
  const times = [50, 99].map((percent) => percentile(answers, percent).toFixed(0))
  return [String(answers.length), String(count(answers, 200)), others(answers) || '–', ...times]
}
