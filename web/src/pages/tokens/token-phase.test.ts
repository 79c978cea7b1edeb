import { expect, test } from 'vitest'
import { tokenPhase } from './token-phase.ts'

const life = {
  issuedAt: 1_000,
  refreshDueAt: 1_040,
  expiresAt: 1_060,
  refreshable: true,
  refreshCount: 0,
  scopes: [],
}

test.each([
  [1_000, 'fresh', 40],
  [1_039, 'fresh', 1],
  [1_040, 'due', 20],
  [1_059, 'due', 1],
  [1_060, 'expired', 0],
])('at %i the token is %s with %i seconds left', (now, name, secondsLeft) => {
  expect(tokenPhase(life, now)).toMatchObject({ name, secondsLeft })
})

test('a token that cannot be refreshed is fresh to its end', () => {
  expect(tokenPhase({ ...life, refreshable: false }, 1_050)).toMatchObject({
    name: 'fresh',
    secondsLeft: 10,
  })
})
