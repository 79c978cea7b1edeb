import { isIPv4 } from 'node:net'
import { plainAddress } from './plain-address.ts'

/** No I/O. */

/**
 * What one client can't leave at will: its IPv4 address, or the /64 of its IPv6 address, within which a household or a
 * rented machine has more addresses than could be counted.
 *
 * @returns null for what is no address
 */
export function clientNetwork(address: string): string | null {
  const plain = plainAddress(address)
  if (plain === null || isIPv4(plain)) return plain
  return `${groupsOf(plain).slice(0, 4).join(':')}::/64`
}

/** All eight. */
function groupsOf(plain: string): readonly string[] {
  const [before = [], after] = plain
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  if (after === undefined) return before
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}
