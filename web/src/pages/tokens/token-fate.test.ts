import { expect, test } from 'vitest'
import { fateWords, tokenFate } from './token-fate.ts'

test.for(['signed-out', 'replaced', 'user-changed'] as const)(
  'an end in this browser has revoked the tokens: %s',
  (reason) => {
    expect(fateWords(tokenFate(reason), '12:34:45')).toBe('The tokens were revoked at 12:34:45.')
  },
)

test.for(['signed-out-elsewhere', 'signed-out-at-provider'] as const)(
  'of an end elsewhere it is not said that it has revoked the tokens: %s',
  (reason) => {
    expect(fateWords(tokenFate(reason), '12:34:45')).toBe(
      'The session was over at 12:34:45. Its tokens are revoked as soon as this browser calls again, or run out.',
    )
  },
)

test('of an end by the clock it is said only that the session is over', () => {
  expect(fateWords(tokenFate('absolute'), '12:34:45')).toBe('The session was over at 12:34:45.')
})
