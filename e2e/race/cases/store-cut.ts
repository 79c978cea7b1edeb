import { count, type Answer } from '../answer.ts'
import { checklist, type Checklist, type Outcome, type RaceCase } from '../race-case.ts'
import type { RaceWorld } from '../race-world.ts'
import type { RacingBrowser } from '../racing-browser.ts'
import type { RedisServer } from '../redis-server.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe,
  mustAllBe200,
  mustBeOneRefresh,
  mustBeQuick,
  mustLive,
  overAtOnce,
  refreshes,
  signIn,
  soon,
  until,
  untilExpired,
} from '../steps.ts'

const calls = 30

/** No answer of a store that is gone may cost a call more than this. */
const boundSeconds = 2

/** How long the instances may take to find a store again that is back. */
const recoverSeconds = 5

const served = [200, null] as const
const noStore = [503, 'store_unavailable'] as const

interface Cut {
  readonly name: string
  readonly quick: boolean
  run(world: RaceWorld, redis: RedisServer, check: Checklist): Promise<Races>
}

interface Races {
  readonly browser: RacingBrowser
  readonly answers: readonly Answer[]
}

/** The store goes away, and comes back. */
function storeCut({ name, quick, run }: Cut): RaceCase {
  return {
    name,
    instances: 3,
    store: 'redis',
    quick,
    breaksWorld: true,
    holds: `Each call 200, or 503 store_unavailable where the token is over, within ${boundSeconds} s; then 200; one refresh, the session alive.`,
    async run(world): Promise<Outcome> {
      const check = checklist()
      const { redis } = world.store
      if (!redis) throw new Error('This case needs a store that can be cut off.')
      const { browser, answers } = await run(world, redis, check)
      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustBeQuick(check, answers, boundSeconds, 'in all')
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      browser.close()
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}

/** Killed, so that it comes back empty. */
export const storeCutBefore = storeCut({
  name: 'the store killed before the refresh',
  quick: false,
  async run(world, redis, check) {
    const browser = await signIn(world, { ...overAtOnce, firstTokenSeconds: 6 })
    await redis.kill()
    const valid = await fire(browser, world.instances, calls)
    await untilExpired(browser, at(world.instances, 0))
    const over = await fire(browser, world.instances, calls)
    await redis.start()
    const after = await afterwards(world, browser, check)

    mustAllBe200(check, valid, 'with a valid token and no store')
    mustAllBe(check, over, [noStore], 'with a token that was over and no store')
    return { browser, answers: [...valid, ...over, ...after] }
  },
})

/** While the provider works: the tokens come, and the store does not take them. */
export function storeCutDuring(how: 'paused' | 'killed'): RaceCase {
  return storeCut({
    name: `the store ${how} during the refresh`,
    quick: how === 'paused',
    async run(world, redis, check) {
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      const held = world.gate.holdNext()
      const waiting = fire(browser, world.instances, calls)
      check.that(await soon(held.arrived, 5), 'No refresh reached the provider.')
      if (how === 'paused') redis.pause()
      else await redis.kill()
      held.release()
      const during = await waiting
      const still = await fire(browser, world.instances, calls)
      if (how === 'paused') redis.resume()
      else await redis.start()
      const after = await afterwards(world, browser, check)

      mustAllBe(check, during, [served, noStore], 'while the store was gone')
      check.that(count(during, 200) > 0, 'Nobody was given what the provider had granted.')
      mustAllBe200(check, still, 'with the new token and no store')
      return { browser, answers: [...during, ...still, ...after] }
    },
  })
}

export const storeCutAfter = storeCut({
  name: 'the store paused after the refresh',
  quick: false,
  async run(world, redis, check) {
    const browser = await signIn(world, overAtOnce)
    const copy = browser.jar.header()
    await untilExpired(browser, at(world.instances, 0))
    const first = await fire(browser, world.instances, calls)
    redis.pause()
    const valid = await fire(browser, world.instances, calls)
    const late = await fire(browser, world.instances, calls, { cookies: copy })
    redis.resume()
    const after = await afterwards(world, browser, check)
    const lateAfter = await fire(browser, world.instances, calls, { cookies: copy })

    mustAllBe200(check, first, 'before')
    mustAllBe200(check, valid, 'with the new token and no store')
    mustAllBe(check, late, [served, noStore], 'with the old cookie and no store')
    mustAllBe200(check, lateAfter, 'with the old cookie afterwards')
    return { browser, answers: [...first, ...valid, ...late, ...after, ...lateAfter] }
  },
})

/** The store is back: waits until it was found again, then everything must be as ever. */
async function afterwards(
  world: RaceWorld,
  browser: RacingBrowser,
  check: Checklist,
): Promise<Answer[]> {
  for (const instance of world.instances) {
    const found = await until(async () => {
      const { status } = await browser.send(instance, '/readyz')
      return status === 200
    }, recoverSeconds)
    check.that(found, `Instance ${instance.index + 1} did not find the store again.`)
  }
  const answers = await fire(browser, world.instances, calls)
  mustAllBe200(check, answers, 'afterwards')
  return answers
}
