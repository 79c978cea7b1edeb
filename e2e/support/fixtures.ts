import { test as base, type BrowserContext } from '@playwright/test'
import { startWorld, type World } from './world.ts'

interface TestFixtures {
  /** What the last test turned, stopped or wrote is put back before the next one starts. */
  readonly reset: void
  /** A second person's browser, or the same person's on another machine. It knows nothing of `context`. */
  readonly otherContext: BrowserContext
}

interface WorkerFixtures {
  /** Provider, API and Strongroom of this worker alone, with all levers. */
  readonly world: World
}

export { expect } from '@playwright/test'

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: [
    // Playwright reads from the parameter's pattern which fixtures are wanted: none.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const world = await startWorld()
      await use(world)
      await world.stop()
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ world }, use) => use(world.publicUrl),

  reset: [
    async ({ world }, use) => {
      await use()
      await world.reset()
    },
    { auto: true },
  ],

  otherContext: async ({ browser, world }, use) => {
    const context = await browser.newContext({ baseURL: world.publicUrl })
    await use(context)
    await context.close()
  },
})
