import { describeCause } from '../base/describe-cause.ts'
import { Refusal } from '../base/failure.ts'
import { within } from '../base/within.ts'
import type { GrantOwner } from '../offline/offline-grant.ts'
import { userOf } from './job-states.ts'
import type { Job } from './job.ts'
import type { Lookout } from './lookout.ts'
import { runJob, type LookedAfter, type RunJobParts } from './run-job.ts'

/** Runs what is due, as much at a time as each job may. */
export interface JobRunner {
  /** From now on, by itself, until it is stopped. */
  start(): void
  /** Begins what is due and has room. A test calls it by hand. */
  tick(): Promise<void>
  /** Looks soon whether something is due. */
  wake(): void
  /** Sees one user's job to the end of what is due of it. */
  runOf(job: Job, user: string): Promise<LookedAfter>
  stopRunsOf(owner: GrantOwner): void
  /** Waits for what is under way. */
  settled(): Promise<void>
  /** Begins nothing more, and after so many seconds breaks off what is still under way. */
  stop(graceSeconds: number): Promise<void>
}

export interface JobRunnerParts extends RunJobParts {
  readonly lookout: Lookout
  readonly jobs: readonly Job[]
  /** Done once, before anything is run. */
  readonly prepare: (job: Job) => Promise<void>
}

interface Active {
  readonly done: Promise<LookedAfter>
  readonly stop: AbortController
}

const lookEveryMilliseconds = 1000

/** How many are fetched beyond those that there is room for, so that the store is not asked for each. */
const fetchedAhead = 4

export function createJobRunner(parts: JobRunnerParts): JobRunner {
  const active = new Map<string, Active>()
  const queues = new Map<string, string[]>(parts.jobs.map(({ name }) => [name, []]))
  const prepared = new Set<string>()
  let timer: ReturnType<typeof setInterval> | null = null
  let ticking: Promise<void> | null = null
  let again = false
  let stopped = false

  const nameOf = (job: Job, user: string) => `${job.name}/${user}`
  const roomOf = (job: Job) =>
    job.concurrency - [...active.keys()].filter((name) => name.startsWith(`${job.name}/`)).length

  async function fillUp(job: Job): Promise<void> {
    await parts.lookout.keep(job.name)
    if (!prepared.has(job.name)) {
      await parts.prepare(job)
      prepared.add(job.name)
    }
    const queue = queues.get(job.name) ?? []
    if (queue.length === 0 && roomOf(job) > 0) {
      const due = await parts.states.due(job.name, job.concurrency * (1 + fetchedAhead))
      // Not all instances at the same user first.
      queue.push(...shuffled(due.filter((user) => !active.has(nameOf(job, user)))))
    }
    for (const user of stopped ? [] : queue.splice(0, Math.max(0, roomOf(job)))) void run(job, user)
  }

  function run(job: Job, user: string): Promise<LookedAfter> {
    const name = nameOf(job, user)
    const running = active.get(name)
    if (running) return running.done
    const stop = new AbortController()
    const done = runJob(parts, job, user, stop.signal).finally(() => {
      active.delete(name)
      // Only where there may be more: an idle runner looks once a second.
      if (timer !== null) wake()
    })
    active.set(name, { done, stop })
    done.catch((error: unknown) => tell(job, error))
    return done
  }

  /** Of a store that can't be reached the guard before it tells. */
  function tell(job: Job, error: unknown): void {
    if (error instanceof Refusal) return
    const detail = describeCause(error)
    parts.telemetry.record({ name: 'job-runner-failed', job: job.name, detail })
  }

  async function lookAround(): Promise<void> {
    for (const job of parts.jobs) {
      if (stopped) return
      await fillUp(job).catch((error: unknown) => tell(job, error))
    }
  }

  function tick(): Promise<void> {
    return (ticking ??= lookAround().finally(() => {
      ticking = null
      if (again && !stopped) {
        again = false
        void tick()
      }
    }))
  }

  function wake(): void {
    if (timer === null || stopped) return
    if (ticking === null) void tick()
    else again = true
  }

  async function settled(): Promise<void> {
    await ticking
    while (active.size > 0) await Promise.allSettled([...active.values()].map(({ done }) => done))
  }

  return {
    start() {
      // It keeps no process alive: whoever serves or waits does.
      timer ??= setInterval(() => void tick(), lookEveryMilliseconds).unref()
    },
    tick,
    wake,
    runOf: run,
    stopRunsOf({ grant, sub }) {
      for (const job of parts.jobs.filter((one) => one.grant === grant))
        active.get(nameOf(job, userOf(sub)))?.stop.abort('withdrawn')
    },
    settled,
    async stop(graceSeconds) {
      stopped = true
      if (timer !== null) clearInterval(timer)
      await within(graceSeconds, settled(), null)
      for (const { stop } of active.values()) stop.abort('stopping')
      await settled()
    },
  }
}

function shuffled(users: readonly string[]): readonly string[] {
  return users
    .map((user) => ({ user, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ user }) => user)
}
