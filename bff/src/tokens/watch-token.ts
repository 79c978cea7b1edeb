import type { Clock } from '../base/clock.ts'
import type { SessionEnd } from '../base/failure.ts'
import { refreshDueAt } from '../provider/token-set.ts'
import { isTokenValid, type Session } from '../session/session.ts'
import type { Refresher } from './refresher.ts'
import type { TokenChecks } from './token-checks.ts'

export interface WatchTokenParts {
  readonly refresher: Pick<Refresher, 'newest'>
  readonly tokenChecks: Pick<TokenChecks, 'isRepeated' | 'isDue' | 'check'>
  readonly clock: Clock
}

/** Before the provider, or the store, is asked again that could not say. */
const askAgainSeconds = 5

/** Before it is looked again whether somebody has renewed a token that is over. */
const lookAgainSeconds = 30

/**
 * Has the provider asked about the token of a session whose page listens and makes no calls, where calls would ask now and then.
 * It renews nothing: of a token that is over nobody is asked until a call has renewed it.
 *
 * @param over  the session has ended
 * @returns looks whether it is time to ask, which costs nothing until it is. To be called again and again
 */
export function watchToken(
  { clock, refresher, tokenChecks }: WatchTokenParts,
  session: Session,
  over: (end: SessionEnd) => void,
): () => void {
  let current = session
  let lookAt = tokenChecks.isRepeated ? 0 : Number.POSITIVE_INFINITY

  const isToBeRenewed = () => clock.now() >= refreshDueAt(current.tokens)

  async function ask(): Promise<void> {
    current = await refresher.newest(current)
    if (!tokenChecks.isDue(current) || !isTokenValid(current, clock.now())) return
    const asked = await tokenChecks.check(current)
    if (asked.ok) current = asked.value
    else if (asked.error.kind === 'session-ended') over(asked.error.end)
  }

  return function look() {
    if (clock.now() < lookAt || !(tokenChecks.isDue(current) || isToBeRenewed())) return
    lookAt = Number.POSITIVE_INFINITY
    // Trouble at the store or the provider ends nothing.
    void ask()
      .catch(() => {})
      .then(() => {
        lookAt = clock.now() + (isToBeRenewed() ? lookAgainSeconds : askAgainSeconds)
      })
  }
}
