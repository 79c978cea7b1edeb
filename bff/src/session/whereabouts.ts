import { isIPv4 } from 'node:net'
import { parse } from 'bowser'
import type { Context } from 'hono'
import { incoming } from '../base/incoming.ts'
import { plainAddress } from '../base/plain-address.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Whereabouts } from './session-index.ts'

/** Reads from a request what a person needs to recognise their own session. */
export function whereabouts(c: Context, proxies: ProxyTrust): Whereabouts {
  const { browser, os, platform } = parse(c.req.header('user-agent') || 'unknown')
  const address = proxies.clientAddress(
    c.req.header('x-forwarded-for'),
    incoming(c)?.socket.remoteAddress,
  )
  return {
    browser: browser.name || null,
    device: [platform.model ?? platform.type, os.name].filter(Boolean).join(', ') || null,
    address: address === null ? null : roughly(address),
  }
}

/** The network, not the machine: enough to tell home from elsewhere. */
function roughly(address: string): string | null {
  const plain = plainAddress(address)
  if (plain === null) return null
  return isIPv4(plain)
    ? `${plain.split('.').slice(0, 3).join('.')}.x`
    : `${plain.split(':').slice(0, 3).join(':')}:…`
}
