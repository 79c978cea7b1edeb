import { expect, test } from 'vitest'
import { plainAddress } from './plain-address.ts'

const spellings: readonly [written: string, plain: string | null][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:49152', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['::ffff:0:0', '0.0.0.0'],
  ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['2001:DB8:0:0::7', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['[2001:db8::7]:49152', '2001:db8::7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', null],
  ['203.0.113.7, 10.0.0.1', null],
  ['203.0.113.7:', null],
  ['[203.0.113.7', null],
  ['', null],
]

test.for(spellings)('%s is %s', ([written, plain]) => {
  expect(plainAddress(written)).toBe(plain)
})
