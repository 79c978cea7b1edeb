import { expect, test } from 'vitest'
import { sealMemory } from './seal-memory.ts'

/** A seal of 1,000 characters that ends in a mac of its own. */
function seal(name: string): string {
  return name.padStart(1000, '*')
}

test('gives back what was put in, for the very same seal alone', () => {
  const memory = sealMemory<string>(1_000_000)
  memory.set(seal('a'), 'A')

  expect(memory.get(seal('a'))).toBe('A')
  expect(memory.get(seal('b'))).toBeUndefined()
  expect(memory.get(`x${seal('a').slice(1)}`)).toBeUndefined()
})

test('keeps what is used, lets go of what is not, and stays within its bounds', () => {
  const memory = sealMemory<number>(24_000)
  memory.set(seal('used'), -1)
  memory.set(seal('unused'), -2)

  for (let at = 0; at < 100; at += 1) {
    memory.set(seal(`other ${at}`), at)
    memory.get(seal('used'))
  }
  const kept = Array.from({ length: 100 }, (_, at) => memory.get(seal(`other ${at}`))).filter(
    (value) => value !== undefined,
  )

  expect(memory.get(seal('used'))).toBe(-1)
  expect(memory.get(seal('unused'))).toBeUndefined()
  expect(kept.length).toBeGreaterThan(3)
  expect(kept.length).toBeLessThanOrEqual(12)
})

test('opens each once, as long as all of them fit', () => {
  const memory = sealMemory<number>(24_000)
  const visits = Array.from({ length: 1000 }, (_, visit) => seal(`of ${(visit * 7) % 12}`))

  const opened = visits.filter((visited, at) => {
    const isKnown = memory.get(visited) !== undefined
    if (!isKnown) memory.set(visited, at)
    return !isKnown
  })

  expect(opened).toHaveLength(12)
})

test('counts what is remembered anew once', () => {
  const memory = sealMemory<string>(4_000)
  memory.set(seal('a'), 'A')

  for (let times = 0; times < 10; times += 1) memory.set(seal('b'), 'B')

  expect(memory.get(seal('a'))).toBe('A')
  expect(memory.get(seal('b'))).toBe('B')
})
