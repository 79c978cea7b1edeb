import { expect, test } from 'vitest'
import { compareCall } from './compare-call.ts'

const sent = {
  method: 'GET',
  path: '/api/notes',
  headers: { 'x-csrf': '1', 'x-tell': '1' },
  body: null,
}
const received = {
  method: 'GET',
  path: '/notes',
  headers: { authorization: 'Bearer (hidden)', 'x-tell': '1', accept: '*/*', host: 'api' },
}

test('tells what was changed, added, taken away and passed on', () => {
  const fates = compareCall(sent, received).map(({ part, fate }) => `${part} ${fate}`)

  expect(fates).toEqual([
    'Request changed',
    'authorization added',
    'cookie taken',
    'x-csrf taken',
    'referer taken',
    'sec-fetch-* taken',
    'x-tell passed',
    'accept passed',
  ])
})

test('an Origin went along with a call that may change something', () => {
  const parts = compareCall({ ...sent, method: 'POST' }, received)

  expect(parts).toContainEqual(expect.objectContaining({ part: 'origin', fate: 'taken' }))
})

test('a cookie that did reach the API is not said to have been taken away', () => {
  const headers = { ...received.headers, cookie: 'session=1' }

  const parts = compareCall(sent, { ...received, headers })

  expect(parts.filter(({ part }) => part === 'cookie')).toMatchObject([
    { received: 'session=1', fate: 'passed' },
  ])
})
