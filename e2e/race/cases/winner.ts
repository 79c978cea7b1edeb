import type { Answer } from '../answer.ts'
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
  overAtOnce,
  refreshes,
  signIn,
  soon,
  untilExpired,
} from '../steps.ts'

const calls = 20

/** The call that caused the refresh is given up by its browser, which is common: somebody closed a tab. */
export function winnersClientGone(instances: number, store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'the winner’s client gone',
    instances,
    store,
    quick,
    holds: 'The others 200, those that come later too, one refresh, the session alive.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      const copy = browser.jar.header()
      await untilExpired(browser, at(world.instances, 0))
      const held = world.gate.holdNext()
      const client = new AbortController()
      const winner = fire(browser, [at(world.instances, 0)], 1, { signal: client.signal })
      check.that(await soon(held.arrived, 5), 'No refresh reached the provider.')

      client.abort()
      await winner
      const waiting = fire(browser, world.instances, calls)
      held.release()
      const others = await waiting
      const later = await fire(browser, world.instances, calls, { cookies: copy })

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe200(check, others)
      mustAllBe200(check, later, 'that came later')
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      browser.close()
      return { answers: [...others, ...later], tokenRequests, alive, misses: check.misses }
    },
  }
}

/** The same, with nobody else waiting: what the refresh brought must not be lost with its only caller. */
export function onlyClientGone(instances: number, store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'the only client gone, calls later',
    instances,
    store,
    quick,
    holds: 'Later calls with the old cookie 200, one refresh, the session alive.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      const held = world.gate.holdNext()
      const client = new AbortController()
      const winner = fire(browser, [at(world.instances, 0)], 1, { signal: client.signal })
      check.that(await soon(held.arrived, 5), 'No refresh reached the provider.')
      client.abort()
      await winner
      held.release()
      await refreshes(world)

      const answers = await fire(browser, world.instances, calls)

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe200(check, answers)
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      browser.close()
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}

/** A lease lasts ten seconds; then whoever waited for it has to get through. */
const takeOverSeconds = 13

/** The instance that refreshes dies with the lease in its hand, and the provider never heard of it. */
export function winnerKilled(instances: number, store: StoreKind): RaceCase {
  return {
    name: 'the winner killed with the lease',
    instances,
    store,
    quick: false,
    breaksWorld: true,
    holds: `Every call on the other instances 200 within ${takeOverSeconds} s, one refresh, the session alive.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      const [first, ...survivors] = world.instances
      if (!first) throw new Error('There is nobody to kill.')
      await untilExpired(browser, first)
      const held = world.gate.holdNext()
      const lost = fire(browser, [first], 1)
      check.that(await soon(held.arrived, 5), 'No refresh reached the provider.')

      const waiting: Promise<Answer[]> = fire(browser, survivors, calls)
      first.bff.process.kill('SIGKILL')
      check.that(await soon(held.dropped, 5), 'The refresh of the dead instance is still there.')
      const answers = await waiting
      await lost

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser, survivors)
      mustAllBe200(check, answers, 'on the other instances')
      mustBeQuick(check, answers, takeOverSeconds, 'on the other instances')
      mustBeOneRefresh(check, tokenRequests)
      check.that(
        world.gate.arrivals() === 2,
        `${world.gate.arrivals()} refreshes were tried instead of 2.`,
      )
      mustLive(check, alive)
      browser.close()
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}
