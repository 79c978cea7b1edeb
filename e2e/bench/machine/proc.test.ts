import { expect, test } from 'vitest'
import { cpuSeconds, memoryOf, parseStat, parseStatus } from './proc.ts'

test('reads CPU time and parent, whatever the program is called', () => {
  const stat = '4711 (a) b (c) S 12 4711 4711 0 -1 4194560 9 0 0 0 250 50 1 2 20 0 11 0 99 1 2'

  expect(parseStat(stat)).toEqual({ parent: 12, ticks: 300 })
})

test('reads memory now and at its peak', () => {
  const status = 'Name:\tnode\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n'

  expect(parseStatus(status)).toEqual({ bytes: 1_048_576, peakBytes: 2_097_152 })
})

test.runIf(process.platform === 'linux')('knows this very process', () => {
  const { bytes, peakBytes } = memoryOf(process.pid)

  expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
  expect(bytes).toBeGreaterThan(10_000_000)
  expect(peakBytes).toBeGreaterThanOrEqual(bytes)
})
