import { expect, test } from 'vitest'
import { looksLikeToken } from './looks-like-token.ts'

test.each([
  'id: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl',
  'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn',
  'access_token: 7Fjfp0ZBr1KtDRbnfVdmIw',
  'token.accessToken: 7Fjfp0ZBr1KtDRbnfVdmIw',
])('takes %s for a token', (line) => {
  expect(looksLikeToken(line)).toBe(true)
})

test.each([
  'user.sub: 9c2f7c58-6a39-4a3b-bb0e-55f2a3f8a7f1',
  'token.expiresAt: 1795409200',
  'token.refreshable: true',
  'token.scopes.3: offline_access',
  'theme: dark',
])('takes %s for none', (line) => {
  expect(looksLikeToken(line)).toBe(false)
})
