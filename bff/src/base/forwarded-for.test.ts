import { expect, test } from 'vitest'
import { forwardedFor, isAddressOrCidr } from './forwarded-for.ts'

test('believes a trusted proxy, and nobody else', () => {
  const chain = forwardedFor(['10.0.0.0/8', '::1'])

  expect(chain('203.0.113.7', '10.1.2.3')).toBe('203.0.113.7, 10.1.2.3')
  expect(chain('203.0.113.7', '::1')).toBe('203.0.113.7, ::1')
  expect(chain('203.0.113.7', '198.51.100.9')).toBe('198.51.100.9')
  expect(chain(undefined, '10.1.2.3')).toBe('10.1.2.3')
  expect(chain('203.0.113.7', undefined)).toBeNull()
})

test('knows an address and a CIDR from anything else', () => {
  const entries = [
    '10.0.0.1',
    '10.0.0.0/8',
    '::1',
    'fd00::/8',
    '10.0.0.0/33',
    'proxy',
    '10.0.0.0/8/9',
    '',
  ]

  expect(entries.filter(isAddressOrCidr)).toEqual(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])
})
