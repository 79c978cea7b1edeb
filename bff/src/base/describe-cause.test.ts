import { expect, test } from 'vitest'
import { describeCause } from './describe-cause.ts'

test('tells names, codes and messages down the chain of causes', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

  const described = describeCause(new TypeError('fetch failed', { cause: refused }))

  expect(described).toBe('TypeError: fetch failed < Error ECONNREFUSED: connect')
})

test('does not repeat what a parser quotes of the text that it read', () => {
  const parse = () => JSON.parse('secret-token-value') as unknown
  let error: unknown
  try {
    parse()
  } catch (caught) {
    error = caught
  }

  expect(String(error)).toContain('secret')
  expect(describeCause(error)).toBe('SyntaxError')
})
