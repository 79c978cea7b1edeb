import { setTimeout as pause } from 'node:timers/promises'
import type { StoreKind } from '../race/race-store.ts'
import { ended, killJobs, startKillWorld, type KillWorld } from './kill-world.ts'
import { seededRandom } from './seeded-random.ts'
import type { Place } from './slow-token-endpoint.ts'

export interface KillOptions {
  readonly store: StoreKind
  readonly kills: number
  readonly seed: number
  /** Told of each kill. */
  readonly onKill?: (kill: number, where: string) => void
}

export interface KillResult {
  readonly kills: Readonly<Record<string, number>>
  readonly grants: number
  readonly runs: number
  readonly repeated: number
  readonly refreshes: number
  readonly misses: readonly string[]
  readonly log: string
}

const places = ['before', 'during', 'after', 'working', 'anywhere'] as const

/** How long a runner may take until it does something. */
const patienceSeconds = 120

/** Longer than a lease lives that nobody renews: then what died is anybody's. */
const leaseSeconds = 8.5

/**
 * Kills a runner of jobs (SIGKILL) again and again, before, during and after a refresh and at any other moment, and starts
 * another. In the end every grant must be there and of use, and nothing may have been run twice.
 */
export async function killRunner(options: KillOptions): Promise<KillResult> {
  const random = seededRandom(options.seed)
  const world = await startKillWorld(options.store, random)
  const kills: Record<string, number> = {}
  try {
    for (let kill = 1; kill <= options.kills; kill += 1) {
      const where = places[Math.floor(random() * places.length)] ?? 'anywhere'
      await killOnce(world, where, random)
      kills[where] = (kills[where] ?? 0) + 1
      options.onKill?.(kill, where)
    }
    await pause(leaseSeconds * 1000)
    // From here on it matters whether a run comes about, not when.
    world.control.setAccessTokenSeconds(60)
    return { kills, ...(await judge(world)), log: world.log() }
  } finally {
    await world.stop()
  }
}

async function killOnce(
  world: KillWorld,
  where: (typeof places)[number],
  random: () => number,
): Promise<void> {
  const runner = world.startRunner()
  await reached(world, where === 'anywhere' ? 'before' : where)
  await pause(random() * (where === 'anywhere' ? 400 : 25))
  await ended(runner, 'SIGKILL')
  await world.api.forgetOpen()
}

/** The moment at which a refresh is at this place, or a run at its work. */
async function reached(world: KillWorld, place: Place | 'working'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<true>()
  world.tokenEndpoint.onPlace = (at) => at === place && resolve(true)
  if (place === 'working') world.api.onBegin = () => resolve(true)
  const came = await Promise.race([promise, pause(patienceSeconds * 1000, false, { ref: false })])
  world.tokenEndpoint.onPlace = () => {}
  world.api.onBegin = () => {}
  if (!came) throw new Error(`Nothing was refreshed for ${patienceSeconds} s:\n${world.log()}`)
}

async function judge(world: KillWorld): Promise<Omit<KillResult, 'kills' | 'log'>> {
  const misses: string[] = []
  const that = (isSo: boolean, otherwise: string) => {
    if (!isSo) misses.push(otherwise)
  }
  const states = await world.grantStates()
  const lost = states.filter((state) => state !== 'connected').length
  that(
    states.length === world.lines,
    `There are ${states.length} grants instead of ${world.lines}.`,
  )
  that(lost === 0, `${lost} of ${states.length} grants are lost.`)
  const wanted = world.lines / killJobs.length
  const last = await Promise.all(killJobs.map((job) => whoCanRun(world, job, wanted)))
  for (const [at, job] of killJobs.entries()) {
    const { done, outcomes } = last[at] ?? { done: 0, outcomes: [] }
    const told = `In the end ${done} of ${wanted} users could run ${job}: ${outcomes.join(', ')}.`
    that(done === wanted, told)
  }
  const { api, control } = world
  const begun = [...api.begun.values()]
  const doubled = begun.filter(({ job, times }) => times > (isLeft(job) ? 1 : 2)).length
  that(doubled === 0, `${doubled} runs were begun more often than their job allows.`)
  that(api.overlaps() === 0, `${api.overlaps()} runs overlapped with another of the same user.`)
  const refused = control.refusedTokenRequests('refresh_token')
  that(refused === 0, `The provider refused ${refused} refreshes.`)
  return {
    grants: states.length,
    runs: begun.length,
    repeated: begun.filter(({ times }) => times > 1).length,
    refreshes: control.tokenRequests('refresh_token') - refused,
    misses,
  }
}

/** Tried again where it failed: a grant is of use though the machine was too busy for one try. */
async function whoCanRun(world: KillWorld, job: string, wanted: number) {
  const done = new Set<string>()
  const outcomes: string[] = []
  for (let tries = 0; tries < 4 && done.size < wanted; tries += 1) {
    for (const { outcome, sub } of await world.runNow(job)) {
      outcomes.push(outcome)
      if (outcome === 'done') done.add(sub)
    }
  }
  return { done: done.size, outcomes }
}

/** Whether a run whose process died is left, by the settings. */
function isLeft(job: string): boolean {
  return job === 'one' || job === 'three'
}
