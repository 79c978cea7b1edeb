import { decidedOnce, passedHeaders, type HeaderRecord } from './headers.ts'

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
  // Between the API and us, who make the proofs.
  'dpop-nonce',
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

/**
 * The headers that come down, with the cookies of a session that has moved on.
 *
 * @param allowed  names that this API may say though others may not
 */
export function responseHeaders(
  upstream: HeaderRecord,
  cookies: readonly string[],
  allowed: ReadonlySet<string>,
): string[] {
  // An answer made for one user is nobody else's, unless the API has said how it may be kept; one with a cookie never is.
  const keepable = cookies.length === 0 && upstream['cache-control'] !== undefined
  const headers = passedHeaders(
    upstream,
    (name) => (passesDown(name) || allowed.has(name)) && (keepable || name !== 'cache-control'),
  )
  if (!keepable) headers.push('cache-control', 'no-store')
  for (const cookie of cookies) headers.push('set-cookie', cookie)
  return headers
}

const passesDown = decidedOnce((name) => !dropped.has(name) && !droppedPattern.test(name))
