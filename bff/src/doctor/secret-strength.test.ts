import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { weaknessOf } from './secret-strength.ts'

test('takes no random secret for a weak one, however it is written', () => {
  const random = Array.from({ length: 2000 }, () => [
    randomBytes(32).toString('base64'),
    randomBytes(24).toString('base64url'),
    randomBytes(16).toString('hex'),
    randomUUID(),
  ]).flat()

  expect(random.filter((secret) => weaknessOf(secret) !== null)).toEqual([])
})

test.each([
  ['abcdefgh'.repeat(5), 'fault'],
  ['abcdefgh'.repeat(4) + 'abc', 'fault'],
  ['abcdefghijklmnopqrstuvwxyz0123456789', 'fault'],
  ['9876543210zyxwvutsrqponmlkjihgfedcba', 'fault'],
  ['what openssl rand -base64 32 prints', 'fault'],
  ['Please-Change-Me-0123456789-abcdefgh', 'fault'],
  ['correct horse battery staple and more', 'warning'],
])('%j is weak', (secret, level) => {
  expect(weaknessOf(secret)?.level).toBe(level)
})
