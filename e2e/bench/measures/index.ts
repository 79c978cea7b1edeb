import { bodies } from './bodies.ts'
import { calls } from './calls.ts'
import type { Measure } from './measure.ts'
import { sessions } from './sessions.ts'
import { signIns } from './sign-ins.ts'
import { start } from './start.ts'
import { steps } from './steps.ts'
import { storm } from './storm.ts'
import { streams } from './streams.ts'
import { uncached } from './uncached.ts'

/** Everything that can be asked, in the order of the page. */
export const measures: readonly Measure[] = [
  calls,
  steps,
  uncached,
  sessions,
  bodies,
  storm,
  streams,
  start,
  signIns,
]
