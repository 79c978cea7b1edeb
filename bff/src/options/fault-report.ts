import type { Fault } from './fault.ts'

/** One message that lists every fault, for a terminal. No value is repeated in it: it might be a secret. */
export function faultReport(faults: readonly Fault[]): string {
  const width = Math.max(...faults.map(({ option }) => option.length))
  const lines = faults.map(({ option, text }) => `  ${option.padEnd(width)}  ${text}`)
  const count = faults.length === 1 ? 'One setting needs' : `${faults.length} settings need`
  return `Strongroom can't start. ${count} attention:\n\n${lines.join('\n')}\n\nEvery setting is described in docs/configuration.md.\n`
}
