import type { Clock } from '../base/clock.ts'
import type { GrantJobs, JobActivity } from '../offline/grant-jobs.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import type { GrantOwner } from '../offline/offline-grant.ts'
import { toldOfSeconds } from '../offline/offline-grant.ts'
import { consentOf } from './consent.ts'
import { renewedJobState, withdrawnJobState, type JobState } from './job-state.ts'
import { userOf, type JobStates } from './job-states.ts'
import type { Job } from './job.ts'
import { nextRunAt } from './plan.ts'

export interface GrantJobsParts {
  readonly jobs: readonly Job[]
  readonly states: JobStates
  readonly vault: Pick<GrantVault, 'read'>
  readonly clock: Clock
  /** There is something to do. */
  wake(): void
  /** Stops what runs here for a user, whose grant is no more. */
  stopRunsOf(owner: GrantOwner): void
}

const mostTries = 10

/** What the jobs are told of grants, and tell of themselves. */
export function grantJobs(parts: GrantJobsParts): GrantJobs {
  const { clock, states, vault } = parts
  const jobsOf = ({ grant }: GrantOwner) => parts.jobs.filter((job) => job.grant === grant)

  async function withdraw(job: Job, sub: string): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const kept = await states.read(job.name, userOf(sub))
      if (!kept) return
      const state = withdrawnJobState(kept.state, clock.now() + toldOfSeconds)
      const changed = await states.change(kept, state)
      if (changed) return states.arrange(job, changed)
    }
  }

  return {
    async connected(owner) {
      const kept = await vault.read(owner)
      if (!kept) return
      for (const job of jobsOf(owner)) {
        const before = await states.read(job.name, userOf(owner.sub))
        const consent = consentOf(kept.grant)
        await states.put(job, renewedJobState(before?.state ?? null, consent, clock.now()))
      }
      parts.wake()
    },

    async withdrawn(owner) {
      parts.stopRunsOf(owner)
      for (const job of jobsOf(owner)) await withdraw(job, owner.sub)
    },

    async activity(owner) {
      const jobs: JobActivity[] = []
      for (const job of jobsOf(owner)) {
        const kept = await states.read(job.name, userOf(owner.sub))
        if (kept) jobs.push(activityOf(job, kept.state, clock.now()))
      }
      return { jobs }
    },
  }
}

function activityOf(job: Job, state: JobState, now: number): JobActivity {
  return {
    job: job.name,
    running: state.current !== null,
    nextRunAt: nextRunAt(job, state, now),
    runs: state.runs.map(({ detail, outcome, seconds, startedAt }) => ({
      startedAt,
      seconds,
      outcome,
      detail,
    })),
  }
}
