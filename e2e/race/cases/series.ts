import type { Answer } from '../answer.ts'
import { checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe200,
  mustLive,
  refreshes,
  signIn,
  untilExpired,
} from '../steps.ts'

const expiries = 20
const calls = 50
const tokenSeconds = 3

/** One expiry after the other: what goes wrong once in a while goes wrong here. */
export function manyExpiries(instances: number, store: StoreKind): RaceCase {
  return {
    name: `${expiries} expiries, ${calls} calls at each`,
    instances,
    store,
    quick: false,
    holds: `${expiries} refreshes, ${expiries * calls} × 200, the session alive.`,
    async run(world) {
      const check = checklist()
      const terms = { firstTokenSeconds: tokenSeconds, laterTokenSeconds: tokenSeconds }
      const browser = await signIn(world, terms)
      const answers: Answer[] = []
      for (let expiry = 1; expiry <= expiries; expiry += 1) {
        await untilExpired(browser, at(world.instances, expiry % instances))
        if (expiry === expiries) world.control.setAccessTokenSeconds(120)
        answers.push(...(await fire(browser, world.instances, calls)))
        const { granted } = await refreshes(world)
        check.that(
          granted === expiry,
          `After ${expiry} expiries ${granted} refreshes were granted.`,
        )
      }

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe200(check, answers)
      check.that(tokenRequests.refused === 0, `${tokenRequests.refused} refreshes were refused.`)
      mustLive(check, alive)
      browser.close()
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}
