import { sealData, unsealData } from 'iron-session'
import { expect, test } from 'vitest'
import { createKeyRing } from './key-ring.ts'

const older = 'an older secret of more than thirty-two characters'
const newer = 'a newer secret of more than thirty-two characters'

async function opens(seal: string, password: Record<string, string>): Promise<boolean> {
  return 'it' in (await unsealData<{ it?: string }>(seal, { password }))
}

test('a seal made for one purpose opens for no other', async () => {
  const ring = createKeyRing([older])

  const seal = await sealData({ it: 'works' }, { password: ring.passwords('login').sealing })

  expect(await opens(seal, ring.passwords('login').opening)).toBe(true)
  expect(await opens(seal, ring.passwords('session').opening)).toBe(false)
  expect(await opens(seal, ring.passwords('store').opening)).toBe(false)
})

test('a new secret in front seals, and what the old one sealed still opens', async () => {
  const before = createKeyRing([older]).passwords('session')
  const after = createKeyRing([newer, older]).passwords('session')

  const oldSeal = await sealData({ it: 'works' }, { password: before.sealing })
  const newSeal = await sealData({ it: 'works' }, { password: after.sealing })

  expect(await opens(oldSeal, after.opening)).toBe(true)
  expect(await opens(newSeal, before.opening)).toBe(false)
})

test('dropping the old secret breaks no seal of the new one', async () => {
  const both = createKeyRing([newer, older]).passwords('session')
  const alone = createKeyRing([newer]).passwords('session')

  const seal = await sealData({ it: 'works' }, { password: both.sealing })

  expect(await opens(seal, alone.opening)).toBe(true)
})
