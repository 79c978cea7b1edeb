import { ratioInterval, type Interval } from './statistics.ts'

export type Verdict = 'slower' | 'faster' | 'same' | 'unclear'

export interface Judgement extends Interval {
  readonly verdict: Verdict
}

/** Halfway between no change and the 10 % that must be noticed. */
const noticed = 1.05

/** How far the interval may reach to either side before more rounds are needed. */
const wide = 1.05

/** What the ratios of CPU per call, new to old, say of a change. */
export function judge(ratios: readonly number[]): Judgement {
  const interval = ratioInterval(ratios)
  return { ...interval, verdict: verdictOf(interval) }
}

function verdictOf({ center, high, low }: Interval): Verdict {
  if (low > 1 && center >= noticed) return 'slower'
  if (high < 1 && center <= 1 / noticed) return 'faster'
  return high / center > wide ? 'unclear' : 'same'
}
