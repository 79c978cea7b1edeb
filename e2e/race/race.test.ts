import { afterAll, expect, test } from 'vitest'
import { raceCases } from './cases/index.ts'
import { placeOf } from './race-case.ts'
import { createRacer } from './racer.ts'

const racer = createRacer()

afterAll(() => racer.stop())

for (const one of raceCases.filter(({ quick }) => quick)) {
  test(`${one.name}, ${placeOf(one)}: ${one.holds}`, { timeout: 60_000 }, async () => {
    const { misses } = await racer.run(one)

    expect(misses).toEqual([])
  })
}
