import { backgroundHeader, csrfHeader, ownerHeader } from '@strongroom/client'
import { claimsIdentity } from './identity-claims.ts'
import { decidedOnce, passedHeaders, type HeaderRecord, type RawHeaders } from './headers.ts'

/** No I/O. */

/** What the browser says to us and not to the API: credentials, and how it came here. */
const dropped = new Set([
  'authorization',
  'cookie',
  'cookie2',
  // A proof of a key that the browser can't have: ours comes with each try.
  'dpop',
  'expect',
  'host',
  'http2-settings',
  'origin',
  // Common gateways turn it into `HTTP_PROXY`, which their programs then obey (CVE-2016-5385).
  'proxy',
  'referer',
  'x-request-id',
  // Hearsay, unless a trusted proxy says them: then they come back below.
  'traceparent',
  'tracestate',
  // They would make another method of it than the one that was let through.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  csrfHeader.name.toLowerCase(),
  backgroundHeader.name.toLowerCase(),
  ownerHeader.toLowerCase(),
])

const droppedPrefixes = ['proxy-', 'sec-fetch-']

export interface Forwarding {
  /** With the token; null without one. */
  readonly authorization: string | null
  /** The app's own, as the browser sees it. */
  readonly host: string
  /** `https`, or `http` on loopback. */
  readonly scheme: string
  /** Who called, as far as it is known. */
  readonly forwardedFor: string | null
  readonly requestId: string
  /** The trace that this call is part of (W3C Trace Context). */
  readonly traceparent: string
  readonly tracestate: string | undefined
  /** The only names of the browser's headers that go up; null for all that may. */
  readonly allowed: ReadonlySet<string> | null
  readonly isWebSocket: boolean
}

/**
 * The headers that go up. By rule rather than by list: hop-by-hop headers and those that `Connection` names
 * (RFC 9110 §7.6.1), any name with an underscore, which some servers read as a hyphen (CVE-2025-64484), and what claims to be
 * somebody.
 */
export function requestHeaders(incoming: HeaderRecord, forwarding: Forwarding): RawHeaders {
  const { allowed, isWebSocket } = forwarding
  const headers = passedHeaders(incoming, (name) => {
    // Of a WebSocket's handshake all of it goes along, of anything that only looks like one nothing.
    if (name.startsWith('sec-websocket-')) return isWebSocket
    return passesUp(name) && (allowed === null || allowed.has(name))
  })
  headers.push(
    'x-forwarded-host',
    forwarding.host,
    'x-forwarded-proto',
    forwarding.scheme,
    'x-request-id',
    forwarding.requestId,
    'traceparent',
    forwarding.traceparent,
  )
  if (forwarding.tracestate !== undefined) headers.push('tracestate', forwarding.tracestate)
  if (forwarding.forwardedFor !== null) headers.push('x-forwarded-for', forwarding.forwardedFor)
  // Last, so that nothing can stand in its place.
  if (forwarding.authorization !== null) headers.push('authorization', forwarding.authorization)
  return headers
}

export const passesUp = decidedOnce(
  (name) =>
    !dropped.has(name) &&
    !name.includes('_') &&
    !droppedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !claimsIdentity(name),
)
