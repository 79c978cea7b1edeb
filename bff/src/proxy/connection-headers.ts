/** No I/O. */

/** Headers that are between two neighbours on the wire and go no further (RFC 9110 §7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The hop-by-hop headers of a message, with those that its `Connection` header names. */
export function connectionHeaders(headers: Headers): ReadonlySet<string> {
  const named = (headers.get('connection') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  return new Set([...hopByHop, ...named])
}
