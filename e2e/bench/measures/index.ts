import { calls } from './calls.ts'
import type { Measure } from './measure.ts'

/** Everything that can be asked, in the order of the page. */
export const measures: readonly Measure[] = [calls]
