import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { editValue } from './edit-value.ts'
import { memoryStore } from './memory-store.ts'

const addOne = (before: string | null) => ({ value: `${Number(before) + 1}`, ttlSeconds: 60 })

test('what many add at once is all there in the end', async () => {
  const { keyValue } = memoryStore(systemClock)

  const added = await Promise.all(
    Array.from({ length: 5 }, () => editValue(keyValue, 'count', 5, addOne)),
  )

  expect(new Set(added.map((edited) => edited?.value))).toEqual(new Set(['1', '2', '3', '4', '5']))
  expect(await keyValue.get('count')).toBe('5')
})

test('while others are always faster, it tries as often as it may and overwrites nobody', async () => {
  const { keyValue } = memoryStore(systemClock)
  const seen: (string | null)[] = []
  const contested = {
    ...keyValue,
    async get(key: string) {
      const value = await keyValue.get(key)
      await keyValue.set(key, `${value ?? ''}x`, 60)
      return value
    },
  }

  const edited = await editValue(contested, 'key', 3, (before) => {
    seen.push(before)
    return { value: 'ours', ttlSeconds: 60 }
  })

  expect(edited).toBeNull()
  expect(seen).toEqual([null, 'x', 'xx'])
  expect(await keyValue.get('key')).toBe('xxx')
})

test('an edit may leave the value as it is, or take it away', async () => {
  const { keyValue } = memoryStore(systemClock)
  await keyValue.set('key', 'value', 60)

  const left = await editValue(keyValue, 'key', 3, () => null)
  const kept = await keyValue.get('key')
  const taken = await editValue(keyValue, 'key', 3, (was) => ({ value: null, ttlSeconds: 0, was }))

  expect([left, kept]).toEqual([null, 'value'])
  expect(taken).toEqual({ value: null, ttlSeconds: 0, was: 'value' })
  expect(await keyValue.get('key')).toBeNull()
})
