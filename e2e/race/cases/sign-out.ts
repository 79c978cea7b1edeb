import { setTimeout as pause } from 'node:timers/promises'
import { routes } from '@strongroom/client'
import { checklist, type Checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import type { RaceInstance, RaceWorld } from '../race-world.ts'
import type { RacingBrowser } from '../racing-browser.ts'
import {
  at,
  fire,
  mustAllBe200,
  overAtOnce,
  refreshes,
  signIn,
  soon,
  until,
  untilExpired,
} from '../steps.ts'

const calls = 30

/** A worker is reached by chance: with so many connections for each of them, all are. */
const connectionsOfEachWorker = 5

/** Within this a sign-out is known to every instance. */
const boundSeconds = 1

/** Somebody has a copy of the cookie, and tries it everywhere while its owner signs out. */
export function copiedCookie(instances: number, store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'a copied cookie after the sign-out',
    instances,
    store,
    quick,
    holds: `Refused by every instance within ${boundSeconds} s, and every token revoked.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, { ...overAtOnce, firstTokenSeconds: 120 })
      const copy = browser.jar.header()
      const answers = await fire(browser, world.instances, calls, { cookies: copy })
      mustAllBe200(check, answers, 'before the sign-out')

      await signOut(browser, at(world.instances, 0), check)
      const worst = await deadEverywhere(world, browser, [copy], check)

      await mustBeRevoked(world, check)
      const tokenRequests = await refreshes(world)
      browser.close()
      const note = `refused after ${worst.toFixed(0)} ms at worst`
      return { answers, tokenRequests, alive: null, misses: check.misses, note }
    },
  }
}

/** The refresh is done, the API has not answered yet, and the user signs out. */
export function signOutBeforeAnswers(
  instances: number,
  store: StoreKind,
  quick: boolean,
): RaceCase {
  return {
    name: 'sign-out while the API works',
    instances,
    store,
    quick,
    holds: `No answer brings the cookie back; every copy is dead everywhere within ${boundSeconds} s; every token revoked.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      world.upstream.hold()
      const waiting = fire(browser, world.instances, calls)
      const came = await until(() => world.upstream.waiting() === calls, 10)
      check.that(came, `Only ${world.upstream.waiting()} calls came to the API.`)

      await signOut(browser, at(world.instances, 0), check)
      world.upstream.release()
      const answers = await waiting

      check.that(!browser.jar.holdsSession(), 'An answer brought the session’s cookie back.')
      const worst = await deadEverywhere(world, browser, browser.jar.everySession(), check)
      await mustBeRevoked(world, check)
      const tokenRequests = await refreshes(world)
      browser.close()
      const note = `refused after ${worst.toFixed(0)} ms at worst`
      return { answers, tokenRequests, alive: null, misses: check.misses, note }
    },
  }
}

interface DuringRefresh {
  readonly instances: number
  readonly store: StoreKind
  readonly quick: boolean
  /** From the end of the sign-out to the provider's answer. */
  readonly secondsLater: number
}

/** The provider has granted the refresh, its answer is on the way, and the user signs out at another instance. */
export function signOutDuringRefresh({
  instances,
  store,
  quick,
  secondsLater,
}: DuringRefresh): RaceCase {
  return {
    name: `sign-out, the refresh’s answer ${secondsLater} s later`,
    instances,
    store,
    quick,
    holds: `No answer brings the cookie back; every copy is dead everywhere within ${boundSeconds} s; every token revoked.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, overAtOnce)
      await untilExpired(browser, at(world.instances, 0))
      const held = world.gate.holdNextAnswer()
      const waiting = fire(browser, [at(world.instances, instances - 1)], calls)
      check.that(await soon(held.arrived, 5), 'No refresh reached the provider.')

      await signOut(browser, at(world.instances, 0), check)
      await pause(secondsLater * 1000)
      held.release()
      const answers = await waiting

      check.that(!browser.jar.holdsSession(), 'An answer brought the session’s cookie back.')
      const worst = await deadEverywhere(world, browser, browser.jar.everySession(), check)
      await mustBeRevoked(world, check)
      mustBeHandedIn(world, check)
      const tokenRequests = await refreshes(world)
      browser.close()
      const note = `refused after ${worst.toFixed(0)} ms at worst`
      return { answers, tokenRequests, alive: null, misses: check.misses, note }
    },
  }
}

/**
 * This provider revokes all of a grant's tokens along with a spent one. Not every provider does, so what the refresh
 * brought must have been handed in itself.
 */
function mustBeHandedIn({ control, gate }: RaceWorld, check: Checklist): void {
  const newest = control.issuedTokens().findLast(({ kind }) => kind === 'refresh_token')
  const handedIn = newest !== undefined && gate.revocations().includes(newest.value)
  check.that(handedIn, 'The refresh token that came after the sign-out was not handed in.')
}

async function signOut(browser: RacingBrowser, to: RaceInstance, check: Checklist): Promise<void> {
  const answer = await browser.send(to, routes.logout, { method: 'POST' })
  check.that(answer.status === 200, `The sign-out was answered ${answer.status}.`)
}

/** Tries each copy everywhere again and again. @returns the milliseconds until the last was refused for good */
async function deadEverywhere(
  { instances, workers }: RaceWorld,
  browser: RacingBrowser,
  copies: readonly string[],
  check: Checklist,
): Promise<number> {
  const since = performance.now()
  const tries = Array.from({ length: workers > 1 ? workers * connectionsOfEachWorker : 1 })
  const trials = instances.flatMap((instance) =>
    tries
      .flatMap(() => copies)
      .map(async (cookies) => {
        let lastServed = 0
        // Some time beyond the bound, since what was refused once must stay refused.
        while (performance.now() - since < boundSeconds * 1500) {
          const { status } = await browser.send(instance, `${routes.api}/ping`, { cookies })
          if (status !== 401) lastServed = performance.now() - since
          await pause(10)
        }
        return lastServed
      }),
  )
  const worst = Math.max(0, ...(await Promise.all(trials)))
  check.that(
    worst <= boundSeconds * 1000,
    `A copy of the cookie was still good after ${worst.toFixed(0)} ms.`,
  )
  return worst
}

async function mustBeRevoked({ control }: RaceWorld, check: Checklist): Promise<void> {
  const isBearer = ({ kind }: { kind: string }) =>
    kind === 'access_token' || kind === 'refresh_token'
  const left = async () => {
    const tokens = control.issuedTokens().filter(isBearer)
    const active = await Promise.all(tokens.map(({ value }) => control.isActive(value)))
    return tokens.filter((_, index) => active[index]).map(({ kind }) => kind)
  }
  const gone = await until(async () => (await left()).length === 0, 3)
  check.that(gone, `Not revoked at the provider: ${(await left()).join(', ')}.`)
}
