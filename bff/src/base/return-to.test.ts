import { expect, test } from 'vitest'
import { localReturnTo } from './return-to.ts'

import { reservedPaths } from './reserved-paths.ts'

const reserved = reservedPaths([{ prefix: '/api' }])
const publicUrl = new URL('https://app.example.com')

const local = [
  '/',
  '/notes',
  '/notes/7?x=1#top',
  '/a%2Fb',
  '/?next=https://evil.example',
  '/ü',
  '/x y',
  '/authors',
  '/api-docs',
  '/notes/auth/login',
]

test.for(local)('returns to the local path %s', (value) => {
  const path = localReturnTo(value, publicUrl, reserved)

  expect(path).toBe(new URL(value, publicUrl).href.slice(publicUrl.origin.length))
})

const tricks = [
  undefined,
  '',
  'notes',
  'https://evil.example',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  'javascript:alert(1)',
  '/auth/login',
  '/auth/callback?code=1',
  '/auth/../auth/logout',
  '/%61uth/login',
  '/auth%2flogin',
  '/auth',
  '/auth/session',
  '/auth/sessions/x',
  '/auth/unheard-of',
  '/api',
  '/api/notes',
  '/%61pi/notes',
  '/x/../api/notes',
  '/api%2fnotes?x=1',
  '/healthz',
  '/readyz#x',
  `/${'x'.repeat(2001)}`,
]

test.for(tricks)('goes home in place of %j', (value) => {
  expect(localReturnTo(value, publicUrl, reserved)).toBe('/')
})
