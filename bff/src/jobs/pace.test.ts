import { expect, test } from 'vitest'
import { createPace } from './pace.ts'

test('so many a second get their turn, however many ask at once', async () => {
  const waits: number[] = []
  let now = 5000
  const pace = createPace(
    4,
    async (milliseconds) => void waits.push(milliseconds),
    () => now,
  )

  await Promise.all(Array.from({ length: 5 }, () => pace.turn()))
  now += 10_000
  await pace.turn()

  expect(waits).toEqual([250, 500, 750, 1000])
})

test('without a limit nobody waits', async () => {
  const pace = createPace(0, () => Promise.reject(new Error('waited')))

  await expect(Promise.all([pace.turn(), pace.turn()])).resolves.toHaveLength(2)
})

test('who is told to stop waits no longer', async () => {
  const pace = createPace(0.01)
  await pace.turn()
  const stop = new AbortController()

  const turn = pace.turn(stop.signal)
  stop.abort()

  await expect(turn).rejects.toThrow('aborted')
})
