import * as z from 'zod'
import { outcomes } from './outcome.ts'

/** No I/O. No clock: `now` is passed in. Instants are whole seconds since the epoch. */

const startedBySchema = z.enum(['schedule', 'user', 'operator'])

const beginningSchema = z.object({
  /** Names the run. A try that comes again has another. */
  id: z.string(),
  /** For which instant. Each is begun once, or again where that is the policy. */
  instant: z.int(),
  startedBy: startedBySchema,
  attempt: z.int().positive(),
  /** How many runs of this instant have died with their process. */
  interruptions: z.int().nonnegative(),
})

export type Beginning = Readonly<z.infer<typeof beginningSchema>>

const finishedSchema = z.object({
  instant: z.int(),
  startedBy: startedBySchema,
  startedAt: z.int(),
  seconds: z.number(),
  outcome: z.enum(outcomes),
  detail: z.string().nullable(),
})

export type FinishedRun = Readonly<z.infer<typeof finishedSchema>>

/** What one job has done for one user, and what it is to do next. */
export const jobStateSchema = z.object({
  v: z.literal(1),
  sub: z.string(),
  /** Under which consent. */
  connection: z.string(),
  keptUntil: z.int(),
  /** Every instant of the schedule up to here was begun, or is left out for good. */
  claimedUntil: z.int(),
  asked: z.object({ at: z.int(), by: startedBySchema }).nullable(),
  current: beginningSchema.extend({ startedAt: z.int() }).nullable(),
  retry: beginningSchema.omit({ id: true }).extend({ at: z.int() }).nullable(),
  /** Nothing runs until the user has connected the grant again, as it is of no use any more. */
  parked: z.enum(['broken', 'withdrawn']).nullable(),
  /** The newest first. */
  runs: z.array(finishedSchema).readonly(),
})

export type JobState = Readonly<z.infer<typeof jobStateSchema>>

export interface Consent {
  readonly sub: string
  readonly connection: string
  readonly keptUntil: number
}

/** A user's job from the moment they connected its grant: what was due before is none of its business. */
export function newJobState(consent: Consent, now: number): JobState {
  return {
    v: 1,
    ...consent,
    claimedUntil: now,
    asked: null,
    current: null,
    retry: null,
    parked: null,
    runs: [],
  }
}

/** The same user under another consent: what they can read of before stays, and nothing else. */
export function renewedJobState(before: JobState | null, consent: Consent, now: number): JobState {
  return { ...newJobState(consent, now), runs: before?.runs ?? [] }
}

/** A run that is under way is left to find out by itself, so that its end is recorded, too. */
export function withdrawnJobState(state: JobState, keptUntil: number): JobState {
  return { ...state, parked: 'withdrawn', asked: null, retry: null, keptUntil }
}

export function withRun(state: JobState, run: FinishedRun, keptRuns: number): JobState {
  return { ...state, runs: [run, ...state.runs].slice(0, keptRuns) }
}
