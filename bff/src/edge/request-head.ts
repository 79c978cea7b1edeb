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
  const [host, ...others] = valuesOf(request, 'host')
  if (host === undefined) return request.httpVersion === '1.0'
  if (host === '' || others.length > 0) return false
  const { url = '' } = request
  return url.startsWith('/') || URL.parse(url)?.host === host.toLowerCase()
}

function framesOnce(request: IncomingMessage): boolean {
  const codings = valuesOf(request, 'transfer-encoding')
  return codings.length === 0 || (request.httpVersion !== '1.0' && isChunked(codings))
}

/** A coding before `chunked` would be taken off here and be gone for the API. */
function isChunked(codings: readonly string[]): boolean {
  return codings.length === 1 && codings[0]?.toLowerCase() === 'chunked'
}

function valuesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  )
}
