import { connectionHeaders } from './connection-headers.ts'

/** No I/O. */

/**
 * What an API may not say in the name of the app's origin: set its cookies, clear its data, have its errors reported
 * elsewhere, open it to others, loosen what its answers are guarded with. Ours stand instead.
 */
const dropped = new Set([
  'accept-ch',
  'alt-svc',
  'clear-site-data',
  'content-security-policy',
  'content-security-policy-report-only',
  'feature-policy',
  'nel',
  'origin-agent-cluster',
  'permissions-policy',
  'permissions-policy-report-only',
  'public-key-pins',
  'public-key-pins-report-only',
  'referrer-policy',
  'report-to',
  'reporting-endpoints',
  // What it runs on is nobody's business but its owner's.
  'server',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'set-login',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'x-powered-by',
  'x-request-id',
])

const droppedPattern = /^access-control-|^cross-origin-.+-policy(?:-report-only)?$/

/** The headers that come down. */
export function responseHeaders(upstream: Headers): Headers {
  const named = connectionHeaders(upstream)
  const headers = new Headers()
  for (const [name, value] of upstream) {
    if (!dropped.has(name) && !named.has(name) && !droppedPattern.test(name))
      headers.append(name, value)
  }
  // An answer made for one user is nobody else's, unless the API itself has said how it may be kept.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return headers
}
