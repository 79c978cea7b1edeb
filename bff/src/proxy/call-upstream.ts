import type { Context } from 'hono'
import { certifiedFetch } from '../base/certified-fetch.ts'
import type { ClientCertificate } from '../base/client-certificate.ts'
import { exchange } from '../base/incoming.ts'
import { callOverFetch } from './call-over-fetch.ts'
import type { callOverUndici } from './call-over-undici.ts'
import type { CallOutcome, UpstreamCall } from './upstream-call.ts'

/** Calls an upstream with the body of the request at hand. */
export type CallUpstream = (c: Context, call: UpstreamCall) => Promise<CallOutcome>

/**
 * Chooses the way. With the server's own request at hand it is undici, from socket to socket: bodies go through at flat
 * memory, and headers and encodings as they are. `fetch` is the way everywhere else, and where one of the user's own was given.
 */
export function callUpstream(
  fetchNow: typeof fetch,
  certificate: ClientCertificate | null = null,
): CallUpstream {
  const mayUseUndici = fetchNow === globalThis.fetch
  const overFetch = callOverFetch(fetchNow)
  const overCertifiedFetch = callOverFetch(certifiedFetch(fetchNow, certificate))
  let overUndici: OverUndici | null = null
  return function callUpstream(c, call) {
    const own = mayUseUndici ? exchange(c) : undefined
    if (own === undefined) return (call.clientCertificate ? overCertifiedFetch : overFetch)(c, call)
    if (overUndici) return overUndici(own, call)
    return loadUndici(certificate).then((loaded) => (overUndici ??= loaded)(own, call))
  }
}

type OverUndici = ReturnType<typeof callOverUndici>

/** With the first call: a server that hands nothing on yet has no need of it. */
async function loadUndici(certificate: ClientCertificate | null): Promise<OverUndici> {
  const { callOverUndici } = await import('./call-over-undici.ts')
  return callOverUndici(certificate)
}
