import { setTimeout as pause } from 'node:timers/promises'
import { count } from '../answer.ts'
import { startLoad } from '../load.ts'
import { checklist, type Checklist, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import type { RaceInstance } from '../race-world.ts'
import {
  at,
  fire,
  isAlive,
  mustAllBe200,
  mustLive,
  refreshes,
  signIn,
  soon,
  until,
} from '../steps.ts'

const callers = 12
const longToken = { firstTokenSeconds: 120, laterTokenSeconds: 120 }

/** With the pause before it, a new one is there well before. */
const replacedWithinSeconds = 8

/** One of several processes is gone from one moment to the next, under load. */
export function workerKilled(store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'a worker killed under load',
    instances: 1,
    store,
    quick,
    breaksWorld: true,
    holds: `No call lost but those that it had, and another at work within ${replacedWithinSeconds} s.`,
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, longToken)
      const instance = at(world.instances, 0)
      const before = instance.workerPids()
      const load = startLoad(browser, instance, callers)
      await pause(300)

      process.kill(at(before, 1), 'SIGKILL')
      const replaced = await until(
        () => instance.workerPids().length > before.length,
        replacedWithinSeconds,
      )
      await pause(500)
      const answers = await load.stop()
      const later = await fire(browser, world.instances, callers)

      const lost = answers.length - count(answers, 200)
      check.that(before.length === world.workers, `${before.length} workers were started.`)
      check.that(lost <= callers, `${lost} calls were lost, and ${callers} at most were under way.`)
      check.that(replaced, 'No other took its place.')
      mustAllBe200(check, later, 'later')
      const tokenRequests = await refreshes(world)
      const alive = await isAlive(world, browser)
      mustLive(check, alive)
      browser.close()
      const note = `${lost} of ${answers.length} calls lost`
      return { answers: later, tokenRequests, alive, misses: check.misses, note }
    },
  }
}

/** They are told to stop while calls are on their way. */
export function workersStop(store: StoreKind, quick: boolean): RaceCase {
  return {
    name: 'workers told to stop',
    instances: 1,
    store,
    quick,
    breaksWorld: true,
    holds: 'Calls under way 200, every process gone within the grace, exit code 0.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, longToken)
      const instance = at(world.instances, 0)
      const pids = instance.workerPids()
      world.upstream.hold()
      const waiting = fire(browser, world.instances, callers)
      const came = await until(() => world.upstream.waiting() === callers, 10)
      check.that(came, `Only ${world.upstream.waiting()} calls came to the API.`)

      instance.bff.process.kill('SIGTERM')
      await pause(200)
      world.upstream.release()
      const answers = await waiting
      await mustEnd(instance, check)

      mustAllBe200(check, answers, 'under way')
      const left = pids.filter(isRunning)
      check.that(left.length === 0, `${left.length} workers are still there.`)
      browser.close()
      const tokenRequests = await refreshes(world)
      // Nobody is left to ask but the provider.
      const alive = await isAlive(world, browser, [])
      mustLive(check, alive)
      return { answers, tokenRequests, alive, misses: check.misses }
    },
  }
}

async function mustEnd({ bff }: RaceInstance, check: Checklist): Promise<void> {
  if (!(await soon(bff.ended, 5))) return check.that(false, 'It did not end within 5 s.')
  const { code, signal } = await bff.ended
  check.that(code === 0, `It ended with ${signal ?? `exit code ${code}`}.`)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
