import { sealData, unsealData } from 'iron-session'
import { expect, test } from 'vitest'
import { ironSeal, ironUnseal } from './iron-seal.ts'
import { createKeyRing } from './key-ring.ts'

const passwords = createKeyRing(['a secret of more than thirty-two characters']).passwords(
  'session',
)
const content = {
  v: 1,
  text: 'ünï✓ "quoted"\n',
  list: [1, 2, null],
  deep: { token: 'x'.repeat(3000) },
}

test('opens what iron-session has sealed', async () => {
  const seal = await sealData(content, { password: passwords.sealing, ttl: 0 })

  expect(ironUnseal(seal, passwords)).toEqual({ ok: true, value: content })
})

test('iron-session opens what is sealed here', async () => {
  const seal = ironSeal(content, passwords)

  expect(await unsealData(seal, { password: passwords.opening, ttl: 0 })).toEqual(content)
  expect(ironUnseal(seal, passwords)).toEqual({ ok: true, value: content })
})

test('what iron-session gives a time to live is over when that is', async () => {
  const spent = await sealData(content, { password: passwords.sealing, ttl: -120 })
  const living = await sealData(content, { password: passwords.sealing, ttl: 120 })

  expect(ironUnseal(spent, passwords)).toEqual({ ok: false, error: 'expired' })
  expect(ironUnseal(living, passwords)).toMatchObject({ ok: true })
})

test('a seal of another key says so', () => {
  const other = createKeyRing(['another secret of more than thirty-two']).passwords('session')

  expect(ironUnseal(ironSeal(content, other), passwords)).toEqual({
    ok: false,
    error: 'unknown-password',
  })
})

test('a seal of a key that the prototype of an object has is of an unknown key', () => {
  const seal = ironSeal(content, passwords).replace(/^Fe26\.2\*\d+/, 'Fe26.2*constructor')

  expect(ironUnseal(seal, passwords)).toEqual({ ok: false, error: 'unknown-password' })
})

test('no character of it can be changed, left out or doubled, but those behind the mac', () => {
  const seal = ironSeal({ a: 1 }, passwords)
  const signed = seal.slice(0, seal.indexOf('~'))

  const opened = Array.from(signed).flatMap((character, at) => {
    const [before, after] = [signed.slice(0, at), signed.slice(at + 1)]
    const others = Array.from('AB01-_*~=! \u00e9').filter((other) => other !== character)
    return [after, character + character + after, ...others.map((other) => other + after)]
      .map((rest) => before + rest)
      .filter((tampered) => tampered !== signed && ironUnseal(tampered, passwords).ok)
  })

  expect(opened).toEqual([])
  expect(ironUnseal(`${signed}~99`, passwords)).toMatchObject({ ok: true })
})

test.for([
  '',
  '~',
  'Fe26.2',
  'Fe26.2*******',
  '*'.repeat(100_000),
  'Fe26.2*1*2*3*4*5*6*7*8',
  '\u0000',
])('%j is no seal', (text) => {
  expect(ironUnseal(text, passwords).ok).toBe(false)
})
