import { expect, test } from 'vitest'
import { pathWithinApi } from './echoed-call.ts'

test.each([
  ['/notes', '/api/notes'],
  ['notes?x=1', '/api/notes?x=1'],
  ['/whoami#part', '/api/whoami'],
  ['//evil.example/notes', '/api//evil.example/notes'],
])('%s is called at %s', (path, called) => {
  expect(pathWithinApi(path)).toBe(called)
})

test.each(['/../auth/logout', '/%2e%2e/auth/logout', '/notes/../../auth/logout', '\\..\\..\\auth'])(
  '%s would leave the API, and is not called',
  (path) => {
    expect(pathWithinApi(path)).toBeNull()
  },
)

test('with the guard off such a path ends at the sign-out', () => {
  expect(new URL('/api/../auth/logout', 'http://app.invalid').pathname).toBe('/auth/logout')
})
