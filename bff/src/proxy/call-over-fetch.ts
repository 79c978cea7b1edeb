import { err, ok } from '@strongroom/client'
import type { Context } from 'hono'
import { exchange } from '../base/incoming.ts'
import { recordOf, type HeaderRecord, type RawHeaders } from './headers.ts'
import { relayBody } from './relay-body.ts'
import {
  provenHeaders,
  type CallOutcome,
  type UpstreamAnswer,
  type UpstreamCall,
} from './upstream-call.ts'

/** The way to an upstream that every runtime has. */
export function callOverFetch(
  fetchNow: typeof fetch,
): (c: Context, call: UpstreamCall) => Promise<CallOutcome> {
  return async function callOverFetch(c, call) {
    const { origin, path, method, hasBody, kept, maxBodyBytes, timeoutSeconds } = call
    const own = exchange(c)
    const leaving = c.req.raw.signal
    const tooLate = new AbortController()
    // How far a body has got can't be seen from here: the time runs from the start, until the answer begins.
    const timer = setTimeout(() => tooLate.abort(), timeoutSeconds * 1000)
    try {
      const response = await fetchNow(`${origin}${path}`, {
        method,
        headers: withoutCompression(provenHeaders(call)),
        redirect: 'manual',
        signal: AbortSignal.any([leaving, tooLate.signal]),
        // The server's own request where there is one: a web stream made of it throws past everyone when it breaks off.
        ...(hasBody && {
          body: kept?.send(maxBodyBytes, () => {}) ?? own?.incoming ?? c.req.raw.body,
          duplex: 'half',
        }),
      })
      return ok(answerOf(response, own?.outgoing))
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

function answerOf(response: Response, outgoing: Parameters<typeof relayBody>[1]): UpstreamAnswer {
  return {
    status: response.status,
    headers: decodedHeaders(response.headers),
    pass: (head) =>
      new Response(response.body && relayBody(response.body, outgoing), {
        status: response.status,
        headers: headersOf(head),
      }),
    discard: () => void response.body?.cancel().catch(() => {}),
  }
}

function headersOf(raw: RawHeaders): Headers {
  const headers = new Headers()
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '')
  return headers
}

/** `fetch` undoes a compression behind our back; asked like this, what comes is what the API sent. */
function withoutCompression(raw: RawHeaders): Headers {
  const headers = headersOf(raw)
  headers.set('accept-encoding', 'identity')
  return headers
}

/** Where it was compressed all the same, neither the encoding's name nor the length is true any more. */
function decodedHeaders(headers: Headers): HeaderRecord {
  const { 'content-encoding': encoding, 'content-length': length, ...rest } = recordOf(headers)
  return encoding === undefined ? { ...rest, 'content-length': length } : rest
}
