import { backgroundHeader, csrfHeader } from '@strongroom/client'
import type { AccessToken } from '../provider/token-set.ts'
import { connectionHeaders } from './connection-headers.ts'

/** No I/O. */

/** What the browser says to us and not to the API: credentials, how it came here, and who sent it. */
const dropped = new Set([
  'authorization',
  'cf-connecting-ip',
  'cookie',
  'cookie2',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'origin',
  // Common gateways turn it into `HTTP_PROXY`, which their programs then obey (CVE-2016-5385).
  'proxy',
  'referer',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded',
  'x-real-ip',
  'x-request-id',
  // They would make another path or method of it than the one that was let through.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
  csrfHeader.name.toLowerCase(),
  backgroundHeader.name.toLowerCase(),
])

const droppedPrefixes = ['proxy-', 'x-forwarded-', 'sec-fetch-', 'sec-websocket-']

export interface Forwarding {
  readonly accessToken: AccessToken | null
  readonly publicUrl: URL
  /** Who called, as far as it is known. */
  readonly forwardedFor: string | null
  readonly requestId: string
}

/**
 * The headers that go up. By rule rather than by list: hop-by-hop headers and those that `Connection` names
 * (RFC 9110 §7.6.1), and any name with an underscore, which some servers read as a hyphen (CVE-2025-64484).
 */
export function requestHeaders(incoming: Headers, forwarding: Forwarding): Headers {
  const named = connectionHeaders(incoming)
  const outgoing = new Headers()
  for (const [name, value] of incoming) {
    const drop =
      dropped.has(name) ||
      named.has(name) ||
      name.includes('_') ||
      droppedPrefixes.some((prefix) => name.startsWith(prefix))
    if (!drop) outgoing.append(name, value)
  }
  outgoing.set('x-forwarded-host', forwarding.publicUrl.host)
  outgoing.set('x-forwarded-proto', forwarding.publicUrl.protocol.slice(0, -1))
  if (forwarding.forwardedFor !== null) outgoing.set('x-forwarded-for', forwarding.forwardedFor)
  outgoing.set('x-request-id', forwarding.requestId)
  // Last, so that nothing can stand in its place.
  if (forwarding.accessToken !== null)
    outgoing.set('authorization', `Bearer ${forwarding.accessToken}`)
  return outgoing
}
