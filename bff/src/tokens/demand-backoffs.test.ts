import { expect, test } from 'vitest'
import type { Measurement } from '../observability/measurements.ts'
import { demandBackoffs } from './demand-backoffs.ts'

test('many demands are one breaker to who measures, open from the first that fails until the last answers', () => {
  const told: Measurement[] = []
  const clock = { now: () => 0, milliseconds: () => 0 }
  const backoffs = demandBackoffs(clock, 'provider-exchange', { measure: (one) => told.push(one) })

  backoffs('a').failed(null)
  backoffs('b').failed(null)
  backoffs('a').succeeded()
  backoffs('a').succeeded()
  const whileOneFails = told.length
  backoffs('b').succeeded()

  expect(whileOneFails).toBe(1)
  expect(told).toMatchObject([{ open: true }, { open: false }])
})
