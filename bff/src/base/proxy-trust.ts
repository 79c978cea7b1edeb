import { BlockList, isIP } from 'node:net'
import { plainAddress } from './plain-address.ts'

/** What is believed of the proxies before us. From anyone else `X-Forwarded-For` is hearsay (oauth2-proxy GHSA-7x63-xv5r-3p2x). */
export interface ProxyTrust {
  /** Whether what a peer says of others is believed. Of a peer that is not known, it is not. */
  isTrusted(peer: string | undefined): boolean
  /** The `X-Forwarded-For` to send on: the address of who called us, behind what a trusted proxy says of who called it. */
  forwardedFor(claimed: string | undefined, peer: string | undefined): string | null
  /** Who called: the nearest address that is not a trusted proxy's. */
  clientAddress(claimed: string | undefined, peer: string | undefined): string | null
  /** Whether it came over a proxy of our own network that is not among the trusted ones. From elsewhere anybody can look so. */
  isUnnamedProxy(claimed: string | undefined, peer: string | undefined): boolean
}

/** @param trustedProxies  addresses or CIDRs, as checked with {@link isAddressOrCidr} */
export function proxyTrust(trustedProxies: readonly string[]): ProxyTrust {
  const isListed = oneOf(trustedProxies)
  const isTrusted = (written: string | undefined) => written !== undefined && isListed(written)

  function forwardedFor(claimed: string | undefined, peer: string | undefined): string | null {
    if (peer === undefined) return null
    return claimed !== undefined && isTrusted(peer) ? `${claimed}, ${peer}` : peer
  }

  return {
    isTrusted,
    forwardedFor,
    clientAddress(claimed, peer) {
      const chain =
        forwardedFor(claimed, peer)
          ?.split(',')
          .map((address) => address.trim()) ?? []
      return chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? null
    },
    isUnnamedProxy: (claimed, peer = '') =>
      claimed !== undefined && !isTrusted(peer) && isOurNetwork(peer),
  }
}

/** Loopback, link-local, private and shared addresses, none of which a stranger on the internet can have. */
const isOurNetwork = oneOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10',
])

function oneOf(entries: readonly string[]): (written: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = familyOf(address)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (written) => {
    const address = plainAddress(written)
    return address !== null && list.check(address, familyOf(address))
  }
}

export function isAddressOrCidr(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/')
  const family = isIP(address)
  const bitsFit =
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
  return family !== 0 && bitsFit && rest.length === 0
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
