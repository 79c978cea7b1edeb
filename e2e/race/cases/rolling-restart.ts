import { startBalancer } from '../balancer.ts'
import { startLoad } from '../load.ts'
import { checklist, type RaceCase } from '../race-case.ts'
import { isAlive, mustAllBe200, mustLive, refreshes, signIn, until } from '../steps.ts'

const callers = 12
/** So that sessions are renewed in the midst of it: a token is over every other second. */
const shortToken = { firstTokenSeconds: 4, laterTokenSeconds: 4 }
const readyAgainWithinSeconds = 10
const delaySeconds = 1
/** With the grace that is the default. */
const mostSeconds = delaySeconds + 10

/** One instance after the other makes room for a new release, under load, behind a balancer that looks at `/readyz`. */
export function rollingRestart(quick: boolean): RaceCase {
  return {
    name: 'a rolling restart under load',
    instances: 3,
    store: 'redis',
    quick,
    breaksWorld: true,
    shutdownDelaySeconds: delaySeconds,
    holds: 'No call lost, nobody signed out, each gone in time with exit code 0.',
    async run(world) {
      const check = checklist()
      const browser = await signIn(world, shortToken)
      const balancer = await startBalancer(world.instances)
      const load = startLoad(browser, balancer, callers)

      for (const instance of world.instances) {
        const { code, signal, seconds } = await instance.replace()
        check.that(code === 0, `An instance ended with ${signal ?? `exit code ${code}`}.`)
        check.that(seconds < mostSeconds, `An instance took ${seconds.toFixed(1)} s to end.`)
        const isBack = await until(() => balancer.isReady(instance), readyAgainWithinSeconds)
        check.that(isBack, `Instance ${instance.index + 1} did not become ready again.`)
      }
      const answers = await load.stop()
      const tokenRequests = await refreshes(world)

      mustAllBe200(check, answers)
      check.that(tokenRequests.granted > 0, 'Nothing was renewed meanwhile.')
      check.that(
        tokenRequests.refused === 0,
        `The provider refused ${tokenRequests.refused} refreshes.`,
      )
      const alive = await isAlive(world, browser)
      mustLive(check, alive)
      browser.close()
      await balancer.stop()
      const note = 'three processes replaced'
      return { answers, tokenRequests, alive, misses: check.misses, note }
    },
  }
}
