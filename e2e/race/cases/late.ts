import { checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe200,
  mustLive,
  overAtOnce,
  refreshes,
  signIn,
  untilExpired,
} from '../steps.ts'

const generations = 3
const callsEach = 10

/** Calls that left the browser before the newer cookies came to it. */
export function lateCalls(instances: number, store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'late calls, 1 and 3 generations old',
    instances,
    store,
    quick,
    holds: 'Each late call 200, no refresh beyond those of the generations, the session alive.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, { ...overAtOnce, laterTokenSeconds: 2 })
      const copies: string[] = []
      for (let generation = 1; generation <= generations; generation += 1) {
        copies.push(browser.jar.header())
        await untilExpired(browser, at(world.instances, 0))
        if (generation === generations) {
          world.control.setAccessTokenSeconds(overAtOnce.laterTokenSeconds)
        }
        const moved = await fire(browser, [at(world.instances, 0)], 1)
        mustAllBe200(check, moved, `of generation ${generation}`)
      }
      const before = await refreshes(world)

      const late = await Promise.all(
        [at(copies, 0), at(copies, generations - 1)].map((cookies) =>
          fire(browser, world.instances, callsEach, { cookies }),
        ),
      )

      const answers = late.flat()
      const after = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe200(check, answers, 'with old cookies')
      check.that(
        before.granted === generations,
        `The generations took ${before.granted} refreshes.`,
      )
      check.that(after.granted === before.granted, 'Late calls had a token refreshed again.')
      check.that(after.refused === 0, `The provider refused ${after.refused} refreshes.`)
      mustLive(check, alive)
      browser.close()
      return { answers, tokenRequests: after, alive, misses: check.misses }
    },
  }
}
