import { isIPv4 } from 'node:net'
import { plainAddress } from './plain-address.ts'

/** No I/O. */

/**
 * The network that a client counts by: an IPv4 address, or the /64 of an IPv6 address, which is what one client is given at
 * least and may take each of its addresses from.
 *
 * @returns null for what is no address
 */
export function clientNetwork(address: string): string | null {
  return prefixOf(address, 64)
}

/** The /48 of an IPv6 address, which is what a site is given at most; null for IPv4, and for what is no address. */
export function clientSite(address: string): string | null {
  const prefix = prefixOf(address, 48)
  return prefix?.endsWith('/48') ? prefix : null
}

function prefixOf(address: string, bits: 48 | 64): string | null {
  const plain = plainAddress(address)
  if (plain === null || isIPv4(plain)) return plain
  const groups = groupsOf(plain)
  return translatedIPv4(groups) ?? `${groups.slice(0, bits / 16).join(':')}::/${bits}`
}

/** All eight. */
function groupsOf(plain: string): readonly string[] {
  const [before = [], after] = plain
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  if (after === undefined) return before
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

/** NAT64 shows `64:ff9b::203.0.113.7` (RFC 6052 §2.1): by their /64 all of these would be one client. */
function translatedIPv4(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join() !== '64,ff9b,0,0,0,0') return null
  const bytes = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
  return bytes.join('.')
}
