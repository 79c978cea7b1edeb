import { expect, test } from 'vitest'
import { isAddressOrCidr, proxyTrust } from './proxy-trust.ts'

test('believes a trusted proxy, and nobody else', () => {
  const { forwardedFor } = proxyTrust(['10.0.0.0/8', '::1'])

  expect(forwardedFor('203.0.113.7', '10.1.2.3')).toBe('203.0.113.7, 10.1.2.3')
  expect(forwardedFor('203.0.113.7', '::1')).toBe('203.0.113.7, ::1')
  expect(forwardedFor('203.0.113.7', '198.51.100.9')).toBe('198.51.100.9')
  expect(forwardedFor(undefined, '10.1.2.3')).toBe('10.1.2.3')
  expect(forwardedFor('203.0.113.7', undefined)).toBeNull()
})

test('takes the nearest address that is no trusted proxy for the client, whatever stands before it', () => {
  const { clientAddress } = proxyTrust(['10.0.0.0/8'])

  expect(clientAddress('6.6.6.6, 203.0.113.7, 10.9.9.9', '10.1.2.3')).toBe('203.0.113.7')
  expect(clientAddress('6.6.6.6', '198.51.100.9')).toBe('198.51.100.9')
  expect(clientAddress(undefined, '10.1.2.3')).toBe('10.1.2.3')
})

test('a trusted proxy that is written with a port is not taken for the client', () => {
  const { clientAddress } = proxyTrust(['10.0.0.0/8', '203.0.113.7', 'fd00::/8'])

  expect(clientAddress('192.0.2.1, 203.0.113.7:1234', '10.0.0.2')).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1, 10.0.0.2:4431', '10.0.0.2')).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1, [fd00::2]:4431', '10.0.0.2')).toBe('192.0.2.1')
})

test('trusts a peer that is named, however it is spelled, and none that is not known', () => {
  const { isTrusted } = proxyTrust(['10.0.0.0/8', '2001:db8::7'])

  const trusted = ['10.1.2.3', '::ffff:10.1.2.3', '2001:DB8:0::7'].map(isTrusted)
  const others = ['11.1.2.3', 'unknown', '', undefined].map(isTrusted)

  expect(trusted).toEqual([true, true, true])
  expect(others).toEqual([false, false, false, false])
})

const peers: readonly [peer: string | undefined, unnamed: boolean][] = [
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:10.1.2.3', true],
  ['172.31.0.1', true],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['fd12::1', true],
  ['fe80::1%eth0', true],
  ['10.9.0.1', false],
  ['172.32.0.1', false],
  ['203.0.113.7', false],
  ['2001:db8::1', false],
  [undefined, false],
]

test.for(peers)('%s may be a proxy that nobody named: %s', ([peer, unnamed]) => {
  const { isUnnamedProxy } = proxyTrust(['10.9.0.0/16'])

  expect(isUnnamedProxy('192.0.2.1', peer)).toBe(unnamed)
  expect(isUnnamedProxy(undefined, peer)).toBe(false)
})

test('knows an address and a CIDR from anything else', () => {
  const entries = [
    '10.0.0.1',
    '10.0.0.0/8',
    '::1',
    'fd00::/8',
    '10.0.0.0/33',
    'proxy',
    '1.1.1.1/8/9',
    '',
  ]

  expect(entries.filter(isAddressOrCidr)).toEqual(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])
})
