import { isIP } from 'node:net'

/** No I/O. */

/**
 * An address as sockets and proxies write it, in the one spelling that it has without port, brackets and zone:
 * `203.0.113.7:49152`, `[2001:DB8::7]:49152`, `fe80::1%eth0`, and `::ffff:203.0.113.7`, which is how a socket that listens
 * for both families shows IPv4.
 *
 * @returns null for what is no address
 */
export function plainAddress(written: string): string | null {
  const bare = withoutPort(written)
  if (isIP(bare) === 4) return bare
  if (isIP(bare) !== 6) return null
  const spelled = new URL(`http://[${bare.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  return mappedIPv4(spelled) ?? spelled
}

function withoutPort(address: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, '$1')
}

function mappedIPv4(spelled: string): string | null {
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(spelled) ?? []
  if (high === undefined || low === undefined) return null
  const bytes = [high, low].flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
  return bytes.join('.')
}
