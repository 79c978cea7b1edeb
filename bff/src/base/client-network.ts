import { isIP } from 'node:net'

/** No I/O. */

/**
 * What one client can't leave at will: its IPv4 address, or the /64 of its IPv6 address, within which a household or a
 * rented machine has more addresses than could be counted.
 *
 * @returns null for what is no address
 */
export function clientNetwork(address: string): string | null {
  const bare = withoutPort(address)
  if (isIP(bare) === 4) return bare
  if (isIP(bare) !== 6) return null
  const groups = groupsOf(bare)
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
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

/** A socket that listens for both families shows `::ffff:203.0.113.7`; by their /64 all of them would be one client. */
function mappedIPv4(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join() !== '0,0,0,0,0,ffff') return null
  const bytes = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
  return bytes.join('.')
}
