import { expect, test } from 'vitest'
import { secretSearch } from './secret-search.ts'

const secret = 'kO3+x/9 verysecret-Value?ü"42'

const guises: readonly [string, string][] = [
  ['as it is', `a ${secret} b`],
  ['in part', secret.slice(4, 20)],
  ['percent-encoded', `?code=${encodeURIComponent(secret)}`],
  ['in JSON', JSON.stringify({ a: secret })],
  ['in hexadecimal', Buffer.from(`..${secret}`).toString('hex')],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64 behind one byte', Buffer.from(`x${secret}y`).toString('base64')],
  ['in base64url behind two bytes', Buffer.from(`xx${secret}y`).toString('base64url')],
]

test.for(guises)('finds a secret %s', ([, text]) => {
  const search = secretSearch()
  search.know(secret)

  expect(search.foundIn(text)).not.toEqual([])
})

test('finds nothing where only fifteen characters of it stand', () => {
  const search = secretSearch()
  search.know(secret)

  expect(search.foundIn(`${secret.slice(0, 15)} ${secret.slice(-15)}`)).toEqual([])
})
