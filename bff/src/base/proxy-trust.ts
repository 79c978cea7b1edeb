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
}

/** @param trustedProxies  addresses or CIDRs, as checked with {@link isAddressOrCidr} */
export function proxyTrust(trustedProxies: readonly string[]): ProxyTrust {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', bits] = entry.split('/')
    const family = familyOf(address)
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }

  function isTrusted(written: string | undefined): boolean {
    const address = written === undefined ? null : plainAddress(written)
    return address !== null && trusted.check(address, familyOf(address))
  }

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
