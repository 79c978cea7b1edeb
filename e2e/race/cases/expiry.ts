import type { RaceCase } from '../race-case.ts'
import { checklist } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe200,
  mustBeOneRefresh,
  mustLive,
  overAtOnce,
  refreshes,
  signIn,
  untilExpired,
} from '../steps.ts'

interface Terms {
  readonly calls: number
  readonly instances: number
  readonly store: StoreKind
  readonly quick: boolean
}

/** The heart of it: the access token is over, and everybody calls at once. */
export function callsAtExpiry({ calls, instances, store, quick }: Terms): RaceCase {
  return {
    name: `${calls} calls at expiry`,
    instances,
    store,
    quick,
    holds: 'One refresh, every call 200, the session alive.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))

      const answers = await fire(browser, world.instances, calls)

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe200(check, answers)
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      check.that(world.upstream.refused() === 0, 'The API was shown a token that was over.')
      browser.close()
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}
