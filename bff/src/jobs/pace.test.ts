import { expect, test } from 'vitest'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { createPace, withFirstTurn } from './pace.ts'

/** Several instances with one store and one clock, which say how long they let wait. */
function paces(perSecond: number) {
  const clock = { at: 5_000_000 }
  const milliseconds = () => clock.at
  const { keyValue } = memoryStore({ milliseconds, now: () => Math.floor(clock.at / 1000) })
  const waits: number[] = []
  const another = () =>
    createPace({
      keyValue,
      perSecond,
      milliseconds,
      wait: async (span, signal) => {
        signal?.throwIfAborted()
        waits.push(span)
      },
    })
  return { another, clock, waits, keyValue }
}

test('so many a second get their turn, however many ask at once', async () => {
  const { another, clock, waits } = paces(4)
  const pace = another()

  await Promise.all(Array.from({ length: 5 }, () => pace.turn()))
  clock.at += 10_000
  await pace.turn()

  expect(waits).toEqual([250, 500, 750, 1000])
})

test('however many instances there are, they get no more turns together', async () => {
  const { another, waits } = paces(4)
  const instances = [another(), another(), another()]

  await Promise.all(instances.flatMap((pace) => [pace.turn(), pace.turn(), pace.turn()]))

  expect(waits.toSorted((a, b) => a - b)).toEqual([250, 500, 750, 1000, 1250, 1500, 1750, 2000])
})

test('without a limit nobody waits, and the store is not asked', async () => {
  const { another, keyValue, waits } = paces(0)
  const pace = another()

  await Promise.all([pace.turn(), pace.turn()])

  expect(waits).toEqual([])
  expect(await keyValue.get('pace/token-requests')).toBeNull()
})

test('who is told to stop waits no longer', async () => {
  const { keyValue } = paces(1)
  const pace = createPace({ keyValue, perSecond: 0.01, milliseconds: () => 5_000_000 })
  await pace.turn()
  const stop = new AbortController()

  const turn = pace.turn(stop.signal)
  stop.abort()

  await expect(turn).rejects.toThrow('aborted')
})

test('a store that is away for a moment leaves the next ones their turn', async () => {
  const { another, keyValue } = paces(4)
  const pace = another()
  const get = keyValue.get
  keyValue.get = () => Promise.reject(new Error('away'))

  await expect(pace.turn()).rejects.toThrow('away')
  keyValue.get = get

  await expect(pace.turn()).resolves.toBeUndefined()
})

test('who has waited for their first turn waits for each one after it', async () => {
  const { another, waits } = paces(4)
  const pace = another()
  await pace.turn()

  const mine = withFirstTurn(pace)
  await mine.turn()
  await mine.turn()
  await mine.turn()

  expect(waits).toEqual([250, 500])
})
