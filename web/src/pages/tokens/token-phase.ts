import type { TokenLife } from '../../session/session.ts'

export interface TokenPhase {
  readonly name: 'fresh' | 'due' | 'expired'
  /** What the clock beside it counts down to. */
  readonly until: string
  readonly secondsLeft: number
  /** What the next call does. */
  readonly consequence: string
}

/** Where the present access token is in its life. No I/O, no clock. */
export function tokenPhase(life: TokenLife, now: number): TokenPhase {
  const { refreshable, refreshDueAt, expiresAt } = life
  if (now >= expiresAt) {
    return {
      name: 'expired',
      until: 'expired',
      secondsLeft: 0,
      consequence: refreshable
        ? 'The next call waits for a fresh token, then goes through.'
        : 'It can’t be refreshed: the session ends with it.',
    }
  }
  if (!refreshable) {
    return {
      name: 'fresh',
      until: 'until it expires',
      secondsLeft: expiresAt - now,
      consequence: 'It can’t be refreshed: the session ends with it.',
    }
  }
  return now < refreshDueAt
    ? {
        name: 'fresh',
        until: 'until a refresh is due',
        secondsLeft: refreshDueAt - now,
        consequence: 'The next call uses the token as it is.',
      }
    : {
        name: 'due',
        until: 'until it expires',
        secondsLeft: expiresAt - now,
        consequence: 'The next call still uses it, and refreshes it meanwhile.',
      }
}
