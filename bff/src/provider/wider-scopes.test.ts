import { expect, test } from 'vitest'
import type { Event } from '../observability/events.ts'
import { widerScopes } from './wider-scopes.ts'

function noting() {
  const events: Event[] = []
  return { events, note: widerScopes({ record: (event) => events.push(event) }) }
}

test('tells once of each demand, and what was given beyond it', () => {
  const { events, note } = noting()

  for (let times = 0; times < 3; times += 1)
    note({ audience: 'x', scopes: ['x:read'] }, ['x:read', 'x:write', 'admin'])
  note({ resource: 'https://y.example', scopes: ['read'] }, ['write'])

  expect(events).toEqual([
    { name: 'scopes-wider', audience: 'x', asked: 'x:read', wider: 'x:write admin' },
    { name: 'scopes-wider', audience: 'https://y.example', asked: 'read', wider: 'write' },
  ])
})

test.for([
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [['a', 'b'], ['a']],
  [['a'], []],
  [undefined, ['a', 'admin']],
] as const)('what was asked for %j and given %j is no news', ([scopes, granted]) => {
  const { events, note } = noting()

  note({ audience: 'x', ...(scopes && { scopes }) }, granted)

  expect(events).toEqual([])
})

test('what looks like a token in the place of a scope is not told, and no more than ten are', () => {
  const { events, note } = noting()
  const words = Array.from({ length: 20 }, (_, at) => 'a'.repeat(at + 1))

  note({ audience: 'x', scopes: [] }, ['eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl', ...words])

  const [told] = events as { wider: string }[]
  expect(told?.wider.split(' ')).toEqual(['other', ...words.slice(0, 9)])
})
