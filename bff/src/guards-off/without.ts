import { onTestFinished, vi } from 'vitest'
import * as development from '../dev/spa-proxy.ts'
import * as metrics from '../observability/metrics-listener.ts'
import * as grants from '../testing/grant-world.ts'
import * as jobs from '../testing/job-world.ts'
import * as hostile from '../testing/hostile-test-bff.ts'
import * as stub from '../testing/stub-provider.ts'
import * as served from '../testing/served-bff.ts'
import * as plain from '../testing/test-bff.ts'
import { withCuts, type Cut } from './cut-plugin.ts'

/**
 * The one place where modules of our own are replaced, and for one purpose: to show that an attack which is refused works as
 * soon as its guard is gone. No option of the program takes a guard out, so its source is cut on the way into the test; all
 * the rest of the app is as it is.
 */

/** The test world, of the whole app or of one without a guard. */
export type World = typeof jobs &
  typeof development &
  typeof grants &
  typeof hostile &
  typeof metrics &
  typeof plain &
  typeof served

/** One attack, and what comes of it in both. */
export interface Attack {
  /** The guard, and what the attacker gains without it. */
  readonly guard: string
  readonly cuts: readonly Cut[]
  readonly attack: (world: World) => Promise<unknown>
  readonly refused: unknown
  readonly gained: unknown
}

/** What comes of an attack: on the whole app, and on the app without the guard. */
export async function onBoth({ attack, cuts }: Pick<Attack, 'attack' | 'cuts'>) {
  const refused = await attack({
    ...development,
    ...grants,
    ...jobs,
    ...hostile,
    ...metrics,
    ...plain,
    ...served,
  })
  const gained = await attack(await worldWithout(cuts))
  return { refused, gained }
}

async function worldWithout(cuts: readonly Cut[]): Promise<World> {
  const files = Map.groupBy(cuts, ({ file }) => file)
  vi.resetModules()
  // Nothing of the app is in it, and its keys take long to make.
  vi.doMock('../testing/stub-provider.ts', () => stub)
  // What is said without a guard may be just what no event may hold.
  vi.doMock('../testing/heard.ts', () => ({ heard: (telemetry: unknown) => telemetry }))
  for (const [file, own] of files) {
    vi.doMock(`../${file}`, () => import(/* @vite-ignore */ withCuts(file, own)))
  }
  // Not sooner: some modules are loaded when they are first needed.
  onTestFinished(() => {
    for (const file of files.keys()) vi.doUnmock(`../${file}`)
    vi.doUnmock('../testing/heard.ts')
    vi.resetModules()
  })
  return {
    ...(await import('../dev/spa-proxy.ts')),
    ...(await import('../observability/metrics-listener.ts')),
    ...(await import('../testing/grant-world.ts')),
    ...(await import('../testing/job-world.ts')),
    ...(await import('../testing/hostile-test-bff.ts')),
    ...(await import('../testing/test-bff.ts')),
    ...(await import('../testing/served-bff.ts')),
  }
}
