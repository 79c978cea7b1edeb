import * as fc from 'fast-check'
import { expect } from 'vitest'

/** A thread that computes for longer is said to hang, however busy the machine is. */
const longestComputingMicroseconds = 1_000_000

/** Waiting, for an answer that does not come, is told from a machine under load by a longer time. */
const longestWaitMilliseconds = 5_000

export interface Effort<T> {
  /** Of the quick run that is part of every test run. @default 300 */
  readonly runs?: number
  /** Tried first, each time. */
  readonly examples?: readonly T[]
}

/**
 * Asserts that the property holds for whatever `arbitrary` makes, without a hang. In a test run the values are the same
 * each time; `npm run fuzz` sets another seed, and a time in place of the number of runs.
 */
export async function hold<T>(
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => void | Promise<void>,
  { runs = 300, examples = [] }: Effort<T> = {},
): Promise<void> {
  const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0)
  const outcome = await fc.check(
    fc.asyncProperty(arbitrary, async (value) => withoutHang(() => property(value))),
    {
      seed: Number(process.env['FUZZ_SEED'] ?? 20_261_123),
      path: process.env['FUZZ_PATH'] ?? '',
      examples: examples.map((example) => [example]),
      ...(seconds > 0 ? untilTimeIsUp(seconds) : { numRuns: runs }),
    },
  )
  if (outcome.failed) throw new Error(report(outcome), { cause: outcome.errorInstance })
}

function untilTimeIsUp(seconds: number) {
  return {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  }
}

async function withoutHang(work: () => void | Promise<void>): Promise<void> {
  const before = process.threadCpuUsage()
  await inTime(work())
  const { user, system } = process.threadCpuUsage(before)
  if (user + system > longestComputingMicroseconds) throw new Error('It computed for too long.')
}

async function inTime(work: void | Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const patience = setTimeout(() => {
    reject(new Error('It waited for too long.'))
  }, longestWaitMilliseconds)
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(patience)
  }
}

function report<T>(outcome: fc.RunDetails<T>): string {
  const { seed, counterexamplePath: path, counterexample, numShrinks, numRuns } = outcome
  const { currentTestName = '' } = expect.getState()
  return [
    `It does not hold for ${fc.stringify(counterexample)}`,
    `found with seed ${seed} in run ${numRuns}, made smaller ${numShrinks} times. Again:`,
    `  npm run fuzz -- --seed ${seed} --path ${path ?? ''} --only ${JSON.stringify(currentTestName)}`,
  ].join('\n')
}
