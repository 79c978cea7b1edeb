import { afterAll, expect, test } from 'vitest'
import { raceCases } from './cases/index.ts'
import { createRacer } from './racer.ts'

const racer = createRacer()

afterAll(() => racer.stop())

for (const one of raceCases.filter(({ quick }) => quick)) {
  const where = `${one.instances} × ${one.store}`
  test(`${one.name}, ${where}: ${one.holds}`, { timeout: 60_000 }, async () => {
    const { misses } = await racer.run(one)

    expect(misses).toEqual([])
  })
}
