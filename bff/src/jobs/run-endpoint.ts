import type { GrantRun } from '@strongroom/client'
import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import { againAfterSeconds } from './ask-for-run.ts'
import type { Jobs } from './jobs.ts'

/**
 * `POST /auth/grants/{name}/run`: the user's own jobs of a grant, or the one that `?job=` names, as soon as the runner gets to
 * it. What comes of it is told by `GET /auth/grants`.
 */
export function runGrantJobs(
  jobs: Pick<Jobs, 'all' | 'ask'>,
): Handler<{ Variables: SessionVariables }, `${string}/:name/${string}`> {
  return async function runGrantJobs(c) {
    const { sub } = liveSession(c.var.lookup)
    const named = c.req.query('job')
    const meant = jobs.all.filter(
      ({ grant, name }) => grant === c.req.param('name') && (named ?? name) === name,
    )
    if (meant.length === 0) throw new Refusal({ kind: 'not-found' })
    const asked = await Promise.all(
      meant.map(async (job) => ({ job: job.name, state: await jobs.ask(job, sub) })),
    )
    const taken = asked.flatMap(({ job, state }) =>
      state === 'queued' || state === 'running' ? [{ job, state }] : [],
    )
    if (taken.length > 0) return c.json({ jobs: taken } satisfies GrantRun, 202)
    if (asked.some(({ state }) => state === 'too-soon'))
      throw new Refusal({ kind: 'rate-limited', retryAfterSeconds: againAfterSeconds })
    throw new Refusal({
      kind: 'malformed-request',
      reason: 'This is not connected, or not any more. Connect it first.',
    })
  }
}
