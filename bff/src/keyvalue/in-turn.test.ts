import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { inTurn } from './in-turn.ts'
import { takeLease } from './lease.ts'
import { memoryStore } from './memory-store.ts'

test('of many, each has its turn alone, and the next one need not wait for a lease to run out', async () => {
  const { keyValue } = memoryStore(systemClock)
  let atOnce = 0
  const most: number[] = []

  const found = await Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      inTurn(keyValue, 'work', async (isOurs) => {
        if (!isOurs) return null
        most.push((atOnce += 1))
        await Promise.resolve()
        atOnce -= 1
        return at
      }),
    ),
  )

  expect(found).toEqual([0, 1, 2, 3, 4])
  expect(most).toEqual([1, 1, 1, 1, 1])
})

test('who fails in their turn leaves it to the next', async () => {
  const { keyValue } = memoryStore(systemClock)
  const failing = inTurn(keyValue, 'work', () => Promise.reject(new Error('failed')))
  await expect(failing).rejects.toThrow('failed')

  expect(await inTurn(keyValue, 'work', async (isOurs) => isOurs)).toBe(true)
})

test('while others are at it all the time, it looks as often as it may', async () => {
  const { keyValue } = memoryStore(systemClock)
  const lease = await takeLease(keyValue, 'work')
  const looks: boolean[] = []
  const look = async (isOurs: boolean) => {
    looks.push(isOurs)
    return null
  }

  const found = await inTurn(keyValue, 'work', look, { mostLooks: 3 })
  await lease?.release()

  expect(found).toBeNull()
  expect(looks).toEqual([false, false, false])
})

test('without the store it goes on alone where it may, and else fails', async () => {
  const store = cuttableStore()
  store.cut = true
  const look = async (isOurs: boolean) => isOurs

  expect(await inTurn(store.keyValue, 'work', look, { evenWithoutStore: true })).toBe(true)
  await expect(inTurn(store.keyValue, 'work', look)).rejects.toThrow()
})
