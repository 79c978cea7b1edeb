import type { Clock } from '../base/clock.ts'
import type { DpopNonces } from '../base/dpop-nonces.ts'
import type { Sealer } from '../base/sealer.ts'
import type { Agenda, KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { GrantHolders } from '../offline/grant-holders.ts'
import type { GrantJobs } from '../offline/grant-jobs.ts'
import type { GrantTokens } from '../offline/grant-tokens.ts'
import type { GrantVault } from '../offline/grant-vault.ts'
import { askForRun, type Asked } from './ask-for-run.ts'
import { enterJob } from './enter-jobs.ts'
import { grantJobs } from './grant-jobs.ts'
import { createJobRunner } from './job-runner.ts'
import { jobStates } from './job-states.ts'
import type { Job } from './job.ts'
import { listJobs, type JobSummary } from './list-jobs.ts'
import { createLookout } from './lookout.ts'
import { createPace } from './pace.ts'
import { runNow, type NowOptions, type RanNow } from './run-now.ts'

/** The jobs that are configured, and what runs them. */
export interface Jobs {
  readonly all: readonly Job[]
  /** Runs what is due from now on, by itself, until it is stopped. */
  start(): void
  /** Begins what is due and has room. A test calls it by hand, and `settled` then. */
  tick(): Promise<void>
  /** Waits for the runs that are under way. */
  settled(): Promise<void>
  /** Begins nothing more, and after so many seconds breaks off what is still under way. */
  stop(graceSeconds: number): Promise<void>
  list(): Promise<readonly JobSummary[]>
  /** Asks for a run of one user's job, wherever the runner is. */
  ask(job: Job, sub: string): Promise<Asked>
  /** Runs a job now, in this process, and tells of each user's run as it ends. */
  runNow(job: Job, options: NowOptions): AsyncIterable<RanNow>
  /** What those who keep the grants tell and ask. */
  readonly ofGrants: GrantJobs
}

export interface JobsParts {
  readonly jobs: readonly Job[]
  readonly tokenRequestsPerSecond: number
  readonly keyValue: KeyValue
  readonly agenda: Agenda
  readonly sealer: Sealer
  readonly vault: GrantVault
  readonly holders: GrantHolders
  readonly grantTokens: GrantTokens
  readonly fetch: typeof fetch
  /** The same with our certificate. */
  readonly certifiedFetch: typeof fetch
  /** What APIs want to see in proofs (RFC 9449 §9). */
  readonly nonces: DpopNonces
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export function createJobs(parts: JobsParts): Jobs {
  const { clock, jobs } = parts
  const kept = { ...parts, now: () => clock.now() }
  const states = jobStates(kept)
  const prepare = (job: Job) => enterJob({ ...kept, states }, job)
  const runner = createJobRunner({
    ...parts,
    states,
    pace: createPace({
      keyValue: parts.keyValue,
      perSecond: parts.tokenRequestsPerSecond,
      milliseconds: () => clock.milliseconds(),
    }),
    lookout: createLookout(kept),
    prepare,
  })
  return {
    all: jobs,
    start: runner.start,
    tick: runner.tick,
    settled: runner.settled,
    stop: runner.stop,
    async list() {
      for (const job of jobs) await prepare(job)
      return listJobs(jobs, states, clock.now())
    },
    async ask(job, sub) {
      const ask = () => askForRun(states, job, sub, 'user', clock.now())
      let asked = await ask()
      if (asked === 'not-connected') {
        // A job that no runner has seen yet does not know of them.
        await prepare(job)
        asked = await ask()
      }
      runner.wake()
      return asked
    },
    runNow: (job, options) => runNow({ states, runner, clock, prepare }, job, options),
    ofGrants: grantJobs({
      ...parts,
      states,
      wake: runner.wake,
      stopRunsOf: runner.stopRunsOf,
    }),
  }
}
