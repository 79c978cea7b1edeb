import { expect, test } from 'vitest'
import { pauseSeconds, wasStable } from './replacement.ts'

test('a worker that dies at once is started again ever more seldom, and a few times a minute at most', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 60].map(pauseSeconds)

  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
})

test('a worker that lived for a minute is replaced as if it were the first to die', () => {
  expect(wasStable(59)).toBe(false)
  expect(wasStable(60)).toBe(true)
})
