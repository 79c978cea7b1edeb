import type { Outcome, RaceCase } from './race-case.ts'
import { startRaceWorld, type RaceWorld } from './race-world.ts'

export interface Racer {
  /** Never fails: what goes wrong is in the result. One case at a time. */
  run(one: RaceCase): Promise<CaseResult>
  /** Ends all processes, also in the midst of a case. */
  stop(): Promise<void>
}

export interface CaseResult {
  readonly case: RaceCase
  /** null when it came to none: then `misses` says why. */
  readonly outcome: Outcome | null
  readonly misses: readonly string[]
  readonly seconds: number
  /** What the instances wrote meanwhile, if something missed. */
  readonly log: readonly string[]
}

/** Cases that follow one another and ask for the same world share it, unless one breaks it. */
export function createRacer(): Racer {
  let shared: { readonly key: string; readonly world: Promise<RaceWorld> } | null = null

  async function worldFor(one: RaceCase): Promise<RaceWorld> {
    const { instances, store, workers = 1, shutdownDelaySeconds = 0 } = one
    const key = `${instances} ${workers} ${store} ${shutdownDelaySeconds}`
    if (shared?.key !== key) {
      await stop()
      shared = { key, world: startRaceWorld({ instances, workers, store, shutdownDelaySeconds }) }
    }
    return shared.world
  }

  async function stop(): Promise<void> {
    const world = await shared?.world.catch(() => null)
    shared = null
    await world?.stop()
  }

  return {
    stop,
    async run(one) {
      const startedAt = performance.now()
      let log: readonly string[] = []
      const result = (outcome: Outcome | null, misses: readonly string[]): CaseResult => ({
        case: one,
        outcome,
        misses,
        seconds: (performance.now() - startedAt) / 1000,
        log: misses.length > 0 ? log : [],
      })
      try {
        const world = await worldFor(one)
        log = world.takeLog()
        const outcome = await one.run(world)
        if (one.breaksWorld) await stop()
        return result(outcome, outcome.misses)
      } catch (error) {
        await stop()
        return result(null, [`It could not be run: ${faultText(error)}`])
      }
    },
  }
}

function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const output = 'output' in error && typeof error.output === 'string' ? error.output : ''
  return `${error.message}${output === '' ? '' : `\n${output.trim()}`}`
}
