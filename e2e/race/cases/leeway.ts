import { percentile } from '../answer.ts'
import { checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe200,
  mustBeOneRefresh,
  mustBeQuick,
  mustLive,
  refreshes,
  sessionAt,
  signIn,
  until,
} from '../steps.ts'

const calls = 50
const tokenSeconds = 9
const holdSeconds = 2
const boundSeconds = 1

/** A token that is nearly over is renewed while calls go on: nobody waits for the provider. */
export function insideLeeway(instances: number, store: StoreKind): RaceCase {
  return {
    name: `inside the leeway, provider held ${holdSeconds} s`,
    instances,
    store,
    quick: false,
    holds: `Every call 200 within ${boundSeconds} s while the provider is silent, one refresh, the session alive.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, {
        firstTokenSeconds: tokenSeconds,
        laterTokenSeconds: 120,
      })
      // Connections, code and caches warm: the comparison is about waiting for the provider.
      await fire(browser, world.instances, calls)
      const outside = await fire(browser, world.instances, calls)
      const view = await sessionAt(browser, at(world.instances, 0))
      const dueAt = view?.token.refreshDueAt ?? 0
      check.that(world.gate.arrivals() === 0, 'A token was renewed long before its end.')
      world.control.delayTokenEndpoint(holdSeconds * 1000)
      await until(() => Date.now() >= dueAt * 1000, tokenSeconds)

      const sentAt = Date.now()
      const inside = await fire(browser, world.instances, calls)
      const tookSeconds = (Date.now() - sentAt) / 1000

      // Nobody waited for it, so it may only now be on its way.
      await until(() => world.gate.arrivals() > 0, holdSeconds)
      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      const answers = [...outside, ...inside]
      mustAllBe200(check, answers)
      mustBeQuick(check, inside, boundSeconds, 'inside the leeway')
      check.that(tookSeconds < holdSeconds, 'The calls were not over before the provider answered.')
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      browser.close()
      const note = `p99 ${percentile(inside, 99).toFixed(0)} ms inside, ${percentile(outside, 99).toFixed(0)} ms outside`
      const groups = [
        { name: 'outside the leeway', answers: outside },
        { name: 'inside the leeway', answers: inside },
      ]
      return { answers, tokenRequests, alive, misses: check.misses, note, groups }
    },
  }
}
