import type { Session } from '../session/session.ts'

/** No I/O. No clock: `now` is passed in. */

/** Nobody signs in, is sent back to sign in and does so, all within this time; an app that goes round does. */
const onItsHeelsSeconds = 10

/** So many rounds are let pass; the next one is stopped. */
export const mostRounds = 5

/**
 * How many sign-ins came right before this one. An app that navigates to the sign-in at every 401, before an API that
 * refuses every token, goes round for ever: single sign-on answers at once, and no person is asked.
 *
 * @param earlier  the session that the browser still shows, live or ended
 * @param byHand  whether the browser says that a person caused it (`Sec-Fetch-User`)
 */
export function roundsBefore(earlier: Session | null, byHand: boolean, now: number): number {
  const onItsHeels = earlier !== null && now - earlier.startedAt < onItsHeelsSeconds
  return onItsHeels && !byHand ? earlier.rounds + 1 : 0
}
