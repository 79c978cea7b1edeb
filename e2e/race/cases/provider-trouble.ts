import { setTimeout as pause } from 'node:timers/promises'
import { checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
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
  untilExpired,
} from '../steps.ts'

const calls = 30
const unavailable = [503, 'provider_unavailable'] as const

interface Trouble {
  readonly status: 503 | 429
  readonly instances: number
  readonly store: StoreKind
  readonly quick: boolean
}

const retryAfterSeconds = 2

/** The token endpoint says "not now", and when to come again. */
export function tokenEndpointSays({ status, instances, store, quick }: Trouble): RaceCase {
  return {
    name: `the token endpoint says ${status}`,
    instances,
    store,
    quick,
    holds:
      'First 503 provider_unavailable with Retry-After and one try an instance at most, then 200 after one refresh.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      const headers = { 'Retry-After': String(retryAfterSeconds) }
      world.control.failTokenEndpoint({ status, headers, times: 1000 })

      const during = await fire(browser, world.instances, calls)
      const tries = await refreshes(world)
      world.reset()
      world.control.setAccessTokenSeconds(overAtOnce.laterTokenSeconds)
      await pause(retryAfterSeconds * 1000 + 100)
      const after = await fire(browser, world.instances, calls)

      const { granted, refused } = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe(check, during, [unavailable], `while it said ${status}`)
      check.that(
        during.every(({ retryAfter }) => Number(retryAfter) >= 1),
        'Not every 503 said when to come again.',
      )
      check.that(
        tries.refused <= instances,
        `The provider was asked ${tries.refused} times while it had said "not now".`,
      )
      mustAllBe200(check, after, 'afterwards')
      mustBeOneRefresh(check, { granted, refused })
      mustLive(check, alive)
      browser.close()
      const tokenRequests = { granted, refused: refused + tries.refused }
      return { answers: [...during, ...after], tokenRequests, alive, misses: check.misses }
    },
  }
}

const slowSeconds = 12
const boundSeconds = slowSeconds + 3

/** The instances leave a provider that failed them alone for a moment. */
const breakSeconds = 2

/** The provider does its part, and takes longer than a lease lasts to say so. */
export function slowProvider(instances: number, store: StoreKind): RaceCase {
  return {
    name: `the provider takes ${slowSeconds} s`,
    instances,
    store,
    quick: false,
    holds: `Each call 200, or 503 provider_unavailable, within ${boundSeconds} s; then 200; one refresh, the session alive.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      world.control.delayTokenEndpoint(slowSeconds * 1000)

      const during = await fire(browser, world.instances, calls)
      await world.gate.settled(boundSeconds)
      world.control.delayTokenEndpoint(0)
      await pause(breakSeconds * 1000)
      const after = await fire(browser, world.instances, calls)

      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustAllBe(check, during, [[200, null], unavailable], 'while it was slow')
      mustBeQuick(check, during, boundSeconds, 'while it was slow')
      mustAllBe200(check, after, 'afterwards')
      mustBeOneRefresh(check, tokenRequests)
      mustLive(check, alive)
      browser.close()
      return { answers: [...during, ...after], tokenRequests, alive, misses: check.misses }
    },
  }
}
