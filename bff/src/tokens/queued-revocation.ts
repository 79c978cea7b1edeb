import * as z from 'zod'
import type { RevocationOutcome } from '../provider/provider.ts'
import { tokenSetSchema } from '../provider/token-set.ts'

/** No I/O. No clock: `now` is passed in. */

const pendingTokenSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refresh'), token: tokenSetSchema.shape.refreshToken.unwrap() }),
  z.object({
    kind: z.literal('access'),
    token: tokenSetSchema.shape.accessToken,
    expiresAt: z.int(),
  }),
])

export type PendingToken = Readonly<z.infer<typeof pendingTokenSchema>>

/** What is still to be revoked of one session, the refresh token first. Instants are whole seconds since the epoch. */
export const queuedRevocationSchema = z.object({
  v: z.literal(1),
  sid: z.string(),
  tokens: z.array(pendingTokenSchema).min(1).readonly(),
  refreshTokenRevoked: z.boolean(),
  queuedAt: z.int(),
  dueAt: z.int(),
  /** How often it was tried since it was queued. */
  tries: z.int().nonnegative(),
})

export type QueuedRevocation = Readonly<z.infer<typeof queuedRevocationSchema>>

const firstWaitSeconds = 5
const longestWaitSeconds = 900

/** A provider that asks for more has made a mistake, and a mistake must not use up the day. */
const longestRetryAfterSeconds = 3600

const dayInSeconds = 86_400

/** How long it is kept beyond its last try, so that somebody is there to say that it was given up. */
const keptOnSeconds = 2 * longestRetryAfterSeconds

/** How long the provider asks to wait, within reason. */
export function reasonable(retryAfterSeconds: number | null): number | null {
  return retryAfterSeconds === null ? null : Math.min(retryAfterSeconds, longestRetryAfterSeconds)
}

/** Seconds until the next try: 5, 10, 20 and so on up to a quarter of an hour, or longer if the provider asks for it. */
export function waitSeconds(tries: number, retryAfterSeconds: number | null): number {
  const doubled = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** tries)
  return Math.max(doubled, reasonable(retryAfterSeconds) ?? 0)
}

/** When the store may forget it. */
export function keptUntil(queuedAt: number): number {
  return queuedAt + dayInSeconds + keptOnSeconds
}

/**
 * Why a token need not be tried any more, or null. An access token needs no revocation after its end; when a refresh
 * token ends nobody says, so it is tried for a day.
 */
export function overdue(
  token: PendingToken,
  queuedAt: number,
  now: number,
): 'expired' | 'too-late' | null {
  if (token.kind === 'access' && now >= token.expiresAt) return 'expired'
  return now >= queuedAt + dayInSeconds ? 'too-late' : null
}

/** Revoking a refresh token may kill the access token along with it, and some then answer 400 to whoever names that. */
export function diedAlong(outcome: RevocationOutcome, refreshTokenRevoked: boolean): boolean {
  return (
    refreshTokenRevoked &&
    typeof outcome === 'object' &&
    outcome.failed === 'for-good' &&
    outcome.status === 400
  )
}
