import type { Clock } from '../base/clock.ts'
import type { Event } from '../observability/events.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import {
  diedAlong,
  overdue,
  reasonable,
  waitSeconds,
  type QueuedRevocation,
} from './queued-revocation.ts'

export interface Tried {
  /** What became of each token that is settled, as the log is to tell it once it is written down. */
  readonly settled: readonly Settled[]
  /** What is left for the next try, or null. */
  readonly rest: QueuedRevocation | null
  /** How long the provider asked to wait before that. */
  readonly retryAfterSeconds: number | null
}

type Settled = Extract<Event, { name: 'revocation-done' | 'revocation-given-up' }>

type Ending =
  | Extract<Settled, { how: unknown }>['how']
  | Extract<Settled, { reason: unknown }>['reason']

/** Revokes the tokens of one session in their order, up to the first that can't be revoked for now. */
export async function tryRevocation(
  parts: { readonly provider: Pick<IdentityProvider, 'revoke'>; readonly clock: Clock },
  entry: QueuedRevocation,
): Promise<Tried> {
  const { provider, clock } = parts
  const { sid, queuedAt } = entry
  const tries = entry.tries + 1
  const settled: Settled[] = []
  let { refreshTokenRevoked } = entry

  for (const [index, token] of entry.tokens.entries()) {
    const over = overdue(token, queuedAt, clock.now())
    const outcome = over ?? (await provider.revoke(token.token, token.kind))
    if (typeof outcome === 'object' && outcome.failed === 'for-now') {
      const retryAfterSeconds = reasonable(outcome.retryAfterSeconds)
      const dueAt = clock.now() + waitSeconds(tries, retryAfterSeconds)
      const tokens = entry.tokens.slice(index)
      const rest = { ...entry, tokens, refreshTokenRevoked, tries, dueAt }
      return { settled, rest, retryAfterSeconds }
    }
    const ending =
      typeof outcome === 'string'
        ? outcome
        : diedAlong(outcome, refreshTokenRevoked)
          ? 'revoked'
          : 'refused'
    if (token.kind === 'refresh') refreshTokenRevoked = ending === 'revoked'
    settled.push(asEvent(ending, { sid, token: token.kind, tries: over ? tries - 1 : tries }))
  }
  return { settled, rest: null, retryAfterSeconds: null }
}

function asEvent(ending: Ending, about: Pick<Settled, 'sid' | 'token' | 'tries'>): Settled {
  return ending === 'revoked' || ending === 'expired'
    ? { name: 'revocation-done', ...about, how: ending }
    : { name: 'revocation-given-up', ...about, reason: ending }
}
