import { expect, test } from 'vitest'
import { killRunner } from './kill-runner.ts'

const seed = 20_261_123

test.concurrent.each(['sqlite', 'redis'] as const)(
  'a runner that is killed at any moment loses no grant and runs nothing twice, on %s',
  { timeout: 180_000 },
  async (store) => {
    const { misses, runs } = await killRunner({ store, kills: 5, seed })

    expect(misses, `the seed was ${seed}`).toEqual([])
    expect(runs).toBeGreaterThan(0)
  },
)
