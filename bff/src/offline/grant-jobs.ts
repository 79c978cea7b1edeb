import type { GrantOwner } from './offline-grant.ts'

/** What the jobs that use grants are told and asked. Filled by whoever runs them. */
export interface GrantJobs {
  /** A user has connected a grant, for the first time or anew: its jobs are due from now on. */
  connected(owner: GrantOwner): Promise<void>
  /** It was withdrawn: nothing of it is to run any more, and what runs is to stop. */
  withdrawn(owner: GrantOwner): Promise<void>
  /** What was done with it, for its user to read. */
  activity(owner: GrantOwner): Promise<GrantActivity>
}

/** Instants are whole seconds since the epoch. */
export interface GrantActivity {
  readonly jobs: readonly JobActivity[]
}

export interface JobActivity {
  readonly job: string
  readonly running: boolean
  readonly nextRunAt: number | null
  /** The newest first. */
  readonly runs: readonly RunRecord[]
}

export interface RunRecord {
  readonly startedAt: number
  readonly seconds: number
  /** A stable word, such as `done` or `failed`. */
  readonly outcome: string
  /** A sentence that the user may read. */
  readonly detail: string | null
}

/** Where no job is configured. */
export const noJobs: GrantJobs = {
  connected: async () => {},
  withdrawn: async () => {},
  activity: async () => ({ jobs: [] }),
}
