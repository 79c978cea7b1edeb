import { expect, test } from 'vitest'
import { median, pairedRatios, quantile, ratioInterval, spread } from './statistics.ts'

test('takes the middle value, and of an even number the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('interpolates a quantile between its neighbours', () => {
  expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9)
  expect(quantile([7], 0.99)).toBe(7)
})

test('tells the smallest and the largest with the median', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
})

test('takes ratios within a round, so that a slow round cancels out', () => {
  expect(pairedRatios([10, 30], [5, 15])).toEqual([2, 2])
})

test('knows where a ratio lies as closely as the rounds agree', () => {
  const agreed = ratioInterval([1.1, 1.1, 1.1])
  const scattered = ratioInterval([0.8, 0.9, 1.1, 1.3, 1.4])

  expect(agreed).toEqual({
    center: expect.closeTo(1.1),
    low: expect.closeTo(1.1),
    high: expect.closeTo(1.1),
  })
  expect(scattered.low).toBeLessThan(1)
  expect(scattered.high).toBeGreaterThan(1.3)
})

test('lets one disturbed round among many change little', () => {
  const calm = [1.1, 1.09, 1.11, 1.1, 1.08, 1.12, 1.1, 1.09, 1.11]

  const { center, low } = ratioInterval([...calm, 0.6])

  expect(center).toBeCloseTo(1.1, 1)
  expect(low).toBeGreaterThan(1.05)
})

test('knows nothing from a single round', () => {
  const { high, low } = ratioInterval([1.5])

  expect([low, high]).not.toContain(1.5)
})
