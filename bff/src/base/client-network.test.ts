import { expect, test } from 'vitest'
import { clientNetwork, clientSite } from './client-network.ts'

const networks: readonly [address: string, network: string | null][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:49152', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['64:ff9b::203.0.113.7', '203.0.113.7'],
  ['64:ff9b::cb00:7108', '203.0.113.8'],
  ['64:ff9b:1::cb00:7107', '64:ff9b:1:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['[2001:DB8:1:2::1]:49152', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['unknown', null],
  ['203.0.113.7, 10.0.0.1', null],
  ['', null],
]

test.for(networks)('%s belongs to %s', ([address, network]) => {
  expect(clientNetwork(address)).toBe(network)
})

const sites: readonly [address: string, site: string | null][] = [
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['[2001:DB8:1:ffff::1]:49152', '2001:db8:1::/48'],
  ['64:ff9b::203.0.113.7', null],
  ['::ffff:203.0.113.7', null],
  ['203.0.113.7', null],
  ['unknown', null],
]

test.for(sites)('the site of %s is %s', ([address, site]) => {
  expect(clientSite(address)).toBe(site)
})
