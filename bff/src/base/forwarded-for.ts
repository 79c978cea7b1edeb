import { BlockList, isIP } from 'node:net'

/**
 * The `X-Forwarded-For` to send on: the address of who called us, behind what a trusted proxy says of who called it.
 * From anyone else the header is hearsay and is left out (oauth2-proxy GHSA-7x63-xv5r-3p2x).
 */
export type ForwardedFor = (claimed: string | undefined, peer: string | undefined) => string | null

/** @param trustedProxies  addresses or CIDRs, as checked with {@link isAddressOrCidr} */
export function forwardedFor(trustedProxies: readonly string[]): ForwardedFor {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  return function forwardedFor(claimed, peer) {
    if (peer === undefined) return null
    const believed = trusted.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4')
    return believed && claimed !== undefined ? `${claimed}, ${peer}` : peer
  }
}

export function isAddressOrCidr(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/')
  const family = isIP(address)
  const bitsFit =
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
  return family !== 0 && bitsFit && rest.length === 0
}
