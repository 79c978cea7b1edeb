/**
 * `fetch` whose refusals say what is in them. A challenge beside an OAuth error (RFC 6749 §5.2 demands it of a 401, RFC 9449 §8 shows one)
 * adds nothing to the error's own code, and openid-client reads it in the place of that code: it is taken away. Where the body names no
 * error the challenge stays, since a bare 401 would otherwise pass for a refusal of what was sent.
 */
export function toldRefusals(fetchNow: typeof fetch): typeof fetch {
  return async function toldRefusals(input, init) {
    const response = await fetchNow(input, init)
    const { headers, ok, status } = response
    if (ok || !headers.has('WWW-Authenticate') || !(await namesAnError(response))) return response
    const others = new Headers(headers)
    others.delete('WWW-Authenticate')
    return new Response(response.body, { status, headers: others })
  }
}

/** As openid-client would find it: what is not called JSON it does not read. */
async function namesAnError(response: Response): Promise<boolean> {
  const [type] = (response.headers.get('Content-Type') ?? '').split(';')
  if (type !== 'application/json') return false
  const said: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  if (typeof said !== 'object' || said === null || !('error' in said)) return false
  return typeof said.error === 'string' && said.error !== ''
}
