import type { Context } from 'hono'
import { exchange } from '../base/incoming.ts'
import { callOverFetch } from './call-over-fetch.ts'
import { callOverUndici } from './call-over-undici.ts'
import type { CallOutcome, UpstreamCall } from './upstream-call.ts'

/** Calls an upstream with the body of the request at hand. */
export type CallUpstream = (c: Context, call: UpstreamCall) => Promise<CallOutcome>

/**
 * Chooses the way. With the server's own request at hand it is undici, from socket to socket: bodies go through at flat
 * memory, and headers and encodings as they are. `fetch` is the way everywhere else, and where one of the user's own was given.
 */
export function callUpstream(fetchNow: typeof fetch): CallUpstream {
  const overUndici = fetchNow === globalThis.fetch ? callOverUndici() : null
  const overFetch = callOverFetch(fetchNow)
  return async function callUpstream(c, call) {
    const own = exchange(c)
    return overUndici && own ? overUndici(own, call) : overFetch(c, call)
  }
}
