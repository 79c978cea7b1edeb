import * as z from 'zod/mini'
import { revocationSchema } from './revocation.ts'

/** Whole seconds since the epoch, by the server's clock. */
const instant = z.number()

const runSchema = z.object({
  startedAt: instant,
  seconds: z.number(),
  /** A stable word; `docs/jobs.md` lists them. */
  outcome: z.string(),
  /** A sentence for the user. */
  detail: z.nullable(z.string()),
})

const grantViewSchema = z.object({
  name: z.string(),
  /** In the words of the app. */
  title: z.string(),
  sentence: z.string(),
  scopes: z.array(z.string()),
  /** How long it lasts at most, from the moment it is connected. */
  longestSeconds: z.number(),
  /** False where the app has left it out of its configuration since: nothing is done with it any more, and it can be withdrawn. */
  offered: z.boolean(),
  /** `broken`: the provider takes its token no more. `expired`: its time is up. In both the user may connect it again. */
  state: z.enum(['not-connected', 'connected', 'broken', 'expired']),
  connectedAt: z.nullable(instant),
  expiresAt: z.nullable(instant),
  /** What was asked for and is not allowed, or no longer. */
  missingScopes: z.array(z.string()),
  /**
   * `refused`: the provider took the consent back, or it ran out there. `answer-lost`: a new token was lost on its way here.
   * `untrusted`: what the provider gave did not pass the checks. `step-up`: it asks for a stronger sign-in.
   */
  broken: z.nullable(
    z.object({
      at: instant,
      reason: z.enum(['refused', 'answer-lost', 'untrusted', 'step-up']),
    }),
  ),
  /** Whether something is being done with it right now. */
  running: z.boolean(),
  lastUsedAt: z.nullable(instant),
  lastOutcome: z.nullable(z.string()),
  nextRunAt: z.nullable(instant),
  jobs: z.array(
    z.object({
      job: z.string(),
      running: z.boolean(),
      nextRunAt: z.nullable(instant),
      /** The newest first. */
      runs: z.array(runSchema),
    }),
  ),
})

/** What `GET /auth/grants` answers: everything that the app may ask for, connected or not. No token is ever in it. */
export const grantListSchema = z.object({ grants: z.array(grantViewSchema) })

export type GrantView = z.infer<typeof grantViewSchema>

export type GrantList = z.infer<typeof grantListSchema>

/** What `DELETE /auth/grants/{name}` answers: what became of the refresh token. Here the grant is gone in any case. */
export const withdrawnGrantSchema = z.object({ refreshToken: revocationSchema })

export type WithdrawnGrant = z.infer<typeof withdrawnGrantSchema>

/** What `POST /auth/grants/{name}/run` answers: each job of the grant that is to run now, or does already. */
export const grantRunSchema = z.object({
  jobs: z.array(z.object({ job: z.string(), state: z.enum(['queued', 'running']) })),
})

export type GrantRun = z.infer<typeof grantRunSchema>
