import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Sealer } from '../base/sealer.ts'

/** So begins each `state` that a sign-out takes along to the provider; any other that comes to `/` is the app's own. */
export const signedOutPrefix = 'signed-out.'

/** What of a sign-out must survive the way over the provider. */
export interface SignedOutStates {
  /** @param returnTo  a path of ours, checked */
  seal(returnTo: string): string
  /** @returns the path to go on to; null when it was not sealed here, or too long ago */
  open(state: string): string | null
}

const contentSchema = z.object({ at: z.int(), returnTo: z.string() })

/** For who is asked at the provider, and thinks it over. */
const lifeSeconds = 600

/** A longer path would make a URL that some provider cuts off. */
const longestReturnTo = 500

/** Needs no cookie, which the browser might withhold on its way back, and no store, which might be down. */
export function signedOutStates(sealer: Sealer, clock: Clock): SignedOutStates {
  return {
    seal(returnTo) {
      const kept = returnTo.length > longestReturnTo ? '/' : returnTo
      const content = { at: clock.now(), returnTo: kept }
      return `${signedOutPrefix}${sealer.seal(content, signedOutPrefix)}`
    },
    open(state) {
      const opened = sealer.open(state.slice(signedOutPrefix.length), signedOutPrefix)
      const parsed = contentSchema.safeParse(opened)
      const fresh = parsed.success && clock.now() < parsed.data.at + lifeSeconds
      return fresh ? parsed.data.returnTo : null
    },
  }
}
