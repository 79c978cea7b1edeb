import { isIP } from 'node:net'
import { parse } from 'bowser'
import type { Whereabouts } from './session-index.ts'

/** No I/O. */

/** Reads from a request's `User-Agent` and address what a person needs to recognise their own session. */
export function whereabouts(userAgent: string | undefined, address: string | null): Whereabouts {
  const { browser, os, platform } = parse(userAgent || 'unknown')
  return {
    browser: browser.name || null,
    device: [platform.model ?? platform.type, os.name].filter(Boolean).join(', ') || null,
    address: address === null ? null : roughly(address),
  }
}

/** The network, not the machine: enough to tell home from elsewhere. */
function roughly(address: string): string | null {
  const plain = address.replace(/^::ffff:/i, '')
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.x`
  if (isIP(plain) === 6) return `${plain.split(':').slice(0, 3).join(':')}:…`
  return null
}
