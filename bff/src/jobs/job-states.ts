import { digest } from '../base/digest.ts'
import type { Sealer } from '../base/sealer.ts'
import type { Agenda, KeyValue } from '../keyvalue/store.ts'
import { jobStateSchema, type JobState } from './job-state.ts'
import { wakeAt, type Planned } from './plan.ts'

/**
 * Where the states of jobs lie: each sealed under its job and its user, and entered in the job's agenda with the time at which
 * somebody has to look after it.
 *
 * The state is what counts. The agenda only leads to it: an entry that comes too early finds nothing to do.
 */
export interface JobStates {
  /** @param user  as the agenda names them */
  read(job: string, user: string): Promise<KeptState | null>
  /** Whether anything lies there, readable or not. */
  isKept(job: string, user: string): Promise<boolean>
  /** Enters a user's job, or puts another state in the place of whatever lies there. */
  put(job: Planned, state: JobState): Promise<void>
  /**
   * Changes a state only if it is still the one that was read, so whoever was overtaken writes nothing.
   *
   * @returns null if it was changed meanwhile or taken away
   */
  change(kept: KeptState, state: JobState): Promise<KeptState | null>
  /** Enters when it is to be looked after again, as the state has it that is kept now. */
  arrange(job: Planned, kept: KeptState): Promise<void>
  /** Looked after again then, whatever the state says. */
  postpone(job: string, user: string, at: number): Promise<void>
  remove(job: string, user: string): Promise<void>
  /** Users whose time has come, the one who waits longest first. */
  due(job: string, limit: number): Promise<readonly string[]>
  /** How many users are due then. */
  count(job: string, at: number): Promise<number>
  /** Every user of a job. */
  users(job: string): AsyncIterable<string>
}

/** A state as it was read, and what it looked like in the store. */
export interface KeptState {
  readonly state: JobState
  readonly sealed: string
  readonly job: string
  readonly user: string
}

export interface JobStatesParts {
  readonly keyValue: KeyValue
  readonly agenda: Agenda
  readonly sealer: Sealer
  readonly now: () => number
}

/** How often a state that changes under our hands is arranged again. */
const mostTries = 20

export function jobStates({ agenda, keyValue, now, sealer }: JobStatesParts): JobStates {
  function opened(sealed: string, job: string, user: string): KeptState | null {
    const { data } = jobStateSchema.safeParse(sealer.open(sealed, keyOf(job, user)))
    return data === undefined ? null : { state: data, sealed, job, user }
  }

  async function read(job: string, user: string): Promise<KeptState | null> {
    const sealed = await keyValue.get(keyOf(job, user))
    return sealed === null ? null : opened(sealed, job, user)
  }

  function enter(job: Planned, user: string, state: JobState): Promise<void> {
    // A run that is still recorded as under way may have died, and somebody has to find that out.
    return state.parked === 'withdrawn' && state.current === null
      ? agenda.remove(listOf(job.name), user)
      : agenda.put(listOf(job.name), user, wakeAt(job, state, now()))
  }

  const secondsLeft = ({ keptUntil }: JobState) => Math.max(1, keptUntil - now())

  return {
    read,
    isKept: async (job, user) => (await keyValue.get(keyOf(job, user))) !== null,

    async put(job, state) {
      const user = userOf(state.sub)
      const key = keyOf(job.name, user)
      await keyValue.set(key, sealer.seal(state, key), secondsLeft(state))
      await enter(job, user, state)
    },

    async change({ job, sealed, user }, state) {
      const key = keyOf(job, user)
      const next = sealer.seal(state, key)
      const changed = await keyValue.replace(key, sealed, next, secondsLeft(state))
      return changed ? { state, sealed: next, job, user } : null
    },

    async arrange(job, kept) {
      let known: KeptState | null = kept
      for (let tries = 0; tries < mostTries && known !== null; tries += 1) {
        await enter(job, known.user, known.state)
        // Somebody may have asked for a run between the state and its entry: theirs must not be the one that is lost.
        const current: KeptState | null = await read(job.name, known.user)
        if (current?.sealed === known.sealed) return
        known = current
      }
    },

    postpone: (job, user, at) => agenda.put(listOf(job), user, at),

    async remove(job, user) {
      await keyValue.delete(keyOf(job, user))
      await agenda.remove(listOf(job), user)
    },

    due: (job, limit) => agenda.due(listOf(job), now(), limit),
    count: (job, at) => agenda.count(listOf(job), at),

    async *users(job) {
      const seen = new Set<string>()
      let cursor: string | null = null
      do {
        const page = await agenda.page(listOf(job), cursor)
        for (const user of page.names) {
          if (!seen.has(user)) yield user
          seen.add(user)
        }
        cursor = page.cursor
      } while (cursor !== null)
    },
  }
}

/** As the store names a user. */
export function userOf(sub: string): string {
  return digest(sub)
}

function keyOf(job: string, user: string): string {
  return `job/${job}/${user}`
}

function listOf(job: string): string {
  return `jobs/${job}`
}
