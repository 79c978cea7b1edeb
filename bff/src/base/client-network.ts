import { isIP } from 'node:net'

/** No I/O. */

/**
 * What one client can't leave at will: its IPv4 address, or the /64 of its IPv6 address, within which a household or a
 * rented machine has more addresses than could be counted.
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
  const bare = withoutPort(address)
  if (isIP(bare) === 4) return bare
  if (isIP(bare) !== 6) return null
  const groups = groupsOf(bare)
  return embeddedIPv4(groups) ?? `${groups.slice(0, bits / 16).join(':')}::/${bits}`
}

/** Some proxies write `203.0.113.7:49152` or `[2001:db8::7]:49152` into `X-Forwarded-For`. */
function withoutPort(address: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, '$1')
}

/** All eight, in the one spelling that a URL has for them. */
function groupsOf(address: string): readonly string[] {
  const spelled = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [before = [], after] = spelled
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  if (after === undefined) return before
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

/** By their /64 all of these would be one client. */
const embeddings = new Set([
  // A socket that listens for both families shows `::ffff:203.0.113.7`.
  '0,0,0,0,0,ffff',
  // NAT64 shows `64:ff9b::203.0.113.7` (RFC 6052 §2.1).
  '64,ff9b,0,0,0,0',
])

function embeddedIPv4(groups: readonly string[]): string | null {
  if (!embeddings.has(groups.slice(0, 6).join())) return null
  const bytes = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
  return bytes.join('.')
}
