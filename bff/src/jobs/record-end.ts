import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Beginning, JobState } from './job-state.ts'
import type { JobStates, KeptState } from './job-states.ts'
import type { Job } from './job.ts'
import type { Outcome, OutcomeName } from './outcome.ts'
import { afterRun } from './plan.ts'

export interface RecordEndParts {
  readonly states: JobStates
  readonly clock: Clock
  readonly telemetry: Telemetry
}

interface End {
  readonly ended: Outcome
  readonly seconds: number
}

const mostTries = 20
const pauseMilliseconds = 500

/** Writes down how a run ended. A store that is away for a moment is no reason to forget it, and to do it again. */
export async function recordEnd(
  parts: RecordEndParts,
  job: Job,
  begun: KeptState,
  current: Beginning,
  end: End,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await settle(parts, job, begun, current, end)
    } catch (error) {
      if (tries === mostTries) throw error
      await pause(pauseMilliseconds)
    }
  }
}

/** Leaves a state alone that is another's by now. */
async function settle(
  { clock, states, telemetry }: RecordEndParts,
  job: Job,
  begun: KeptState,
  current: Beginning,
  { ended, seconds }: End,
): Promise<void> {
  const told = { outcome: ended.name, run: current.id, seconds }
  let known: KeptState | null = begun
  while (known !== null && known.state.current?.id === current.id) {
    const after = afterRun(job, known.state, ended, clock.now())
    const kept: KeptState | null = await states.change(known, after.state)
    if (kept !== null) {
      tellEnd(telemetry, job, after.state, { ...told, retryAt: after.state.retry?.at ?? null })
      for (const { name } of after.told) tellEnd(telemetry, job, after.state, { outcome: name })
      return states.arrange(job, kept)
    }
    // The user may have asked for a run meanwhile, which is no reason to forget this one.
    known = await states.read(job.name, begun.user)
  }
  // It was overtaken, and what it did is for the log alone.
  tellEnd(telemetry, job, begun.state, told)
}

interface Told {
  readonly outcome: OutcomeName
  /** Null where none was begun, or its process had died. */
  readonly run?: string | null
  readonly seconds?: number
  readonly retryAt?: number | null
}

export function tellEnd(
  telemetry: Telemetry,
  job: Job,
  { sub }: JobState,
  { outcome, retryAt = null, run = null, seconds = 0 }: Told,
): void {
  telemetry.record({ name: 'job-run-ended', job: job.name, run, sub, outcome, seconds, retryAt })
}
