import { expect, test } from 'vitest'
import { judge } from './verdict.ts'

test('calls 10 % more CPU slower, through the noise of the rounds', () => {
  expect(judge([1.12, 1.07, 1.14, 1.06, 1.1, 1.09, 1.11]).verdict).toBe('slower')
})

test('does not call noise around no change slower', () => {
  expect(judge([1.03, 0.98, 1.01, 0.99, 1.02]).verdict).toBe('same')
})

test('asks for more rounds while they disagree', () => {
  expect(judge([1.3, 0.9, 1.25, 0.95, 1.1, 0.88, 1.28]).verdict).toBe('unclear')
})

test('lets a real but small change pass', () => {
  expect(judge([1.02, 1.021, 1.019, 1.02, 1.02]).verdict).toBe('same')
})

test('tells when it became faster', () => {
  expect(judge([0.88, 0.9, 0.92, 0.89, 0.91]).verdict).toBe('faster')
})
