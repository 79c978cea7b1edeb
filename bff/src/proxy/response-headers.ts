import { connectionHeaders } from './connection-headers.ts'

/** No I/O. */

/** What an API may not say in the name of the app's origin: set its cookies, clear its data, open it to others. */
const dropped = new Set([
  'alt-svc',
  'clear-site-data',
  // fetch has undone the encoding, so neither the name of it nor the length is true any more.
  'content-encoding',
  'public-key-pins',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
])

/** The headers that come down. */
export function responseHeaders(upstream: Response): Headers {
  const named = connectionHeaders(upstream.headers)
  const encoded = upstream.headers.has('content-encoding')
  const headers = new Headers()
  for (const [name, value] of upstream.headers) {
    const drop =
      dropped.has(name) ||
      named.has(name) ||
      name.startsWith('access-control-') ||
      (encoded && name === 'content-length')
    if (!drop) headers.append(name, value)
  }
  // An answer made for one user is nobody else's, unless the API itself has said how it may be kept.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return headers
}
