import type { JobState } from './job-state.ts'
import { userOf, type JobStates } from './job-states.ts'
import type { Job, StartedBy } from './job.ts'

/** What came of asking for a run at once. */
export type Asked =
  /** It begins as soon as somebody is there to run it. */
  | 'queued'
  /** It is under way already. */
  | 'running'
  /** There is no grant that it could act by. */
  | 'not-connected'
  /** The grant is of no use until the user connects it again. */
  | 'broken'
  /** They asked a moment ago, and it was done. */
  | 'too-soon'

const mostTries = 10

/** How soon a user may ask again: an impatient finger is no reason to ask the API so often. */
export const againAfterSeconds = 10

/** Asks for a run now. Whoever asks twice before it begins has asked once. */
export async function askForRun(
  states: JobStates,
  job: Job,
  sub: string,
  by: StartedBy,
  now: number,
): Promise<Asked> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const kept = await states.read(job.name, userOf(sub))
    const hindrance = kept ? hindranceOf(kept.state, by, now) : 'not-connected'
    if (!kept || hindrance) return hindrance ?? 'not-connected'
    if (kept.state.asked) return 'queued'
    const changed = await states.change(kept, { ...kept.state, asked: { at: now, by } })
    if (!changed) continue
    await states.arrange(job, changed)
    return 'queued'
  }
  return 'running'
}

function hindranceOf(
  { current, parked, runs }: JobState,
  by: StartedBy,
  now: number,
): Asked | null {
  if (parked !== null) return parked === 'broken' ? 'broken' : 'not-connected'
  if (current !== null) return 'running'
  const [newest] = runs
  const isTooSoon =
    by === 'user' && newest?.startedBy === 'user' && now < newest.startedAt + againAfterSeconds
  return isTooSoon ? 'too-soon' : null
}
