import { expect, test } from 'vitest'
import { JobCallError } from './job-errors.ts'
import { jobTarget } from './job-target.ts'

const api = new URL('https://api.example.org/v1')

test.each([
  ['/notes', 'https://api.example.org/v1/notes'],
  ['/notes?since=7', 'https://api.example.org/v1/notes?since=7'],
  ['/', 'https://api.example.org/v1/'],
  ['/a%20b/%C3%A4', 'https://api.example.org/v1/a%20b/%C3%A4'],
  ['/next?url=https://evil.example/', 'https://api.example.org/v1/next?url=https://evil.example/'],
  ['https://api.example.org/v1/notes?page=2', 'https://api.example.org/v1/notes?page=2'],
])('%s goes to the API', (path, url) => {
  expect(jobTarget(path, api).href).toBe(url)
})

test.each([
  'notes',
  '',
  '//evil.example/notes',
  '/\\evil.example/notes',
  '\\\\evil.example',
  'https://evil.example/v1/notes',
  'http://api.example.org/v1/notes',
  'https://api.example.org:444/v1/notes',
  'https://api.example.org.evil.example/v1/notes',
  'https://user:password@api.example.org/v1/notes',
  'https://api.example.org@evil.example/v1/notes',
  'https://api.example.org/v2/notes',
  'https://api.example.org/v1-other/notes',
  '/../admin',
  '/notes/../../admin',
  '/%2e%2e/admin',
  '/%252e%252e/admin',
  '/notes/..;/..;/admin',
  '/notes\n/../../admin',
  'file:///etc/passwd',
  'data:text/plain,x',
])('%j goes nowhere', (path) => {
  expect(() => jobTarget(path, api)).toThrow(JobCallError)
})
