import { err, ok } from '@strongroom/client'
import type { Context } from 'hono'
import { exchange } from '../base/incoming.ts'
import { relayBody } from './relay-body.ts'
import type { CallOutcome, UpstreamCall } from './upstream-call.ts'

/** The way to an upstream that every runtime has. */
export function callOverFetch(
  fetchNow: typeof fetch,
): (c: Context, call: UpstreamCall) => Promise<CallOutcome> {
  return async function callOverFetch(c, { url, method, headers, hasBody, timeoutSeconds }) {
    const own = exchange(c)
    const leaving = c.req.raw.signal
    const tooLate = new AbortController()
    // How far a body has got can't be seen from here: the time runs from the start, until the answer begins.
    const timer = setTimeout(() => tooLate.abort(), timeoutSeconds * 1000)
    try {
      const response = await fetchNow(url, {
        method,
        headers: withoutCompression(headers),
        redirect: 'manual',
        signal: AbortSignal.any([leaving, tooLate.signal]),
        // The server's own request where there is one: a web stream made of it throws past everyone when it breaks off.
        ...(hasBody && { body: own?.incoming ?? c.req.raw.body, duplex: 'half' }),
      })
      const body = response.body && relayBody(response.body, own?.outgoing)
      return ok({ status: response.status, headers: decodedHeaders(response.headers), body })
    } catch (cause) {
      if (leaving.aborted) return err({ kind: 'client-left' })
      return err(
        tooLate.signal.aborted
          ? { kind: 'upstream-timeout', seconds: timeoutSeconds }
          : { kind: 'upstream-unreachable', cause },
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

/** `fetch` undoes a compression behind our back; asked like this, what comes is what the API sent. */
function withoutCompression(headers: Headers): Headers {
  const asked = new Headers(headers)
  asked.set('accept-encoding', 'identity')
  return asked
}

/** Where it was compressed all the same, neither the encoding's name nor the length is true any more. */
function decodedHeaders(headers: Headers): Headers {
  if (!headers.has('content-encoding')) return headers
  const decoded = new Headers(headers)
  decoded.delete('content-encoding')
  decoded.delete('content-length')
  return decoded
}
