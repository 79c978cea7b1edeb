import { clientNetwork, clientSite } from '../base/client-network.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** What a request counts for, and how many times the limit of one client it may do. */
export interface CountedNetwork {
  readonly name: string
  readonly times: number
}

/** Whoever was given a whole /48 could ask from 65,536 networks; so many of them are let pass. */
const networksOfASite = 16

/** Behind a proxy that nobody named, all users count as one: a single stranger would soon lock them all out. */
const usersOfAProxy = 20

/** The smallest first: what it refuses is not counted for the larger one, so nobody locks out the others of a site. */
export function countedNetworks(
  { proxies, telemetry }: { readonly proxies: ProxyTrust; readonly telemetry: Telemetry },
  claimed: string | undefined,
  peer: string | undefined,
): readonly CountedNetwork[] {
  const address = proxies.clientAddress(claimed, peer)
  // Where there is no socket to ask, as on other runtimes: what can't be told apart can't be counted.
  if (address === null) return []
  const name = clientNetwork(address) ?? 'unreadable'
  if (proxies.isUnnamedProxy(claimed, peer)) {
    warnOnce(proxies, telemetry, address)
    return [{ name: `${name}/proxy`, times: usersOfAProxy }]
  }
  const site = clientSite(address)
  return [{ name, times: 1 }, ...(site ? [{ name: site, times: networksOfASite }] : [])]
}

const warned = new WeakSet<ProxyTrust>()

function warnOnce(proxies: ProxyTrust, telemetry: Telemetry, address: string): void {
  if (warned.has(proxies)) return
  warned.add(proxies)
  telemetry.record({ name: 'unnamed-proxy', address })
}
