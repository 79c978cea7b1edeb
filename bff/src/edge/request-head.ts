import type { IncomingMessage } from 'node:http'

/** No I/O. */

/**
 * Whether a head says one thing only. Node's parser lets these pass, and whoever stands before or behind us may read
 * them another way than we do.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2 RFC 9112 §3.2 (Host)}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-6.1 RFC 9112 §6.1 (Transfer-Encoding)}
 */
export function isUnambiguous(request: IncomingMessage): boolean {
  return /^1\.[01]$/.test(request.httpVersion) && namesOneHost(request) && framesOnce(request)
}

/** By one `Host`; and where the target names a host too, it is the same (RFC 9112 §3.2.2). */
function namesOneHost(request: IncomingMessage): boolean {
  const { host } = request.headers
  if (host === undefined) return request.httpVersion === '1.0'
  if (host === '' || hostLines(request) > 1) return false
  const { url = '' } = request
  return url.startsWith('/') || URL.parse(url)?.host === host.toLowerCase()
}

/** Node keeps the first and says nothing of others. */
function hostLines({ rawHeaders }: IncomingMessage): number {
  let lines = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') lines += 1
  }
  return lines
}

/** A coding before `chunked` would be taken off here and be gone for the API; Node joins what comes twice with a comma. */
function framesOnce({ headers, httpVersion }: IncomingMessage): boolean {
  const codings = headers['transfer-encoding']
  return codings === undefined || (httpVersion !== '1.0' && codings.toLowerCase() === 'chunked')
}
