import { isIPv4 } from 'node:net'
import { parse } from 'bowser'
import type { Context } from 'hono'
import { boundedCache } from '../base/bounded-cache.ts'
import { incoming } from '../base/incoming.ts'
import { plainAddress } from '../base/plain-address.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Whereabouts } from './session-index.ts'

/** Reads from a request what a person needs to recognise their own session. */
export function whereabouts(c: Context, proxies: ProxyTrust): Whereabouts {
  const address = proxies.clientAddress(
    c.req.header('x-forwarded-for'),
    incoming(c)?.socket.remoteAddress,
  )
  return {
    ...software(c.req.header('user-agent') || 'unknown'),
    address: address === null ? null : roughly(address),
  }
}

type Software = Pick<Whereabouts, 'browser' | 'device'>

/** Most users have one of a few browsers, and to find out which takes as long as a write to the store. */
const known = boundedCache<Software>(200)

/** No honest one is as long. */
const mostCharacters = 512

function software(userAgent: string): Software {
  const name = userAgent.slice(0, mostCharacters)
  const before = known.get(name)
  if (before) return before
  const { browser, os, platform } = parse(name)
  const found = {
    browser: browser.name || null,
    device: [platform.model ?? platform.type, os.name].filter(Boolean).join(', ') || null,
  }
  known.set(name, found)
  return found
}

/** The network, not the machine: enough to tell home from elsewhere. */
function roughly(address: string): string | null {
  const plain = plainAddress(address)
  if (plain === null) return null
  return isIPv4(plain)
    ? `${plain.split('.').slice(0, 3).join('.')}.x`
    : `${plain.split(':').slice(0, 3).join(':')}:…`
}
