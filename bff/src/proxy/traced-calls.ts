import { methodOf, type Tracing } from '../observability/tracing.ts'
import type { CallUpstream } from './call-upstream.ts'
import type { RawHeaders } from './headers.ts'

/** Gives each call to an upstream a span of its own, and tells the upstream of it. */
export function tracedCalls(callUpstream: CallUpstream, tracing: Tracing): CallUpstream {
  return async function tracedCalls(c, call) {
    const method = methodOf(call.method)
    const { hostname, port, protocol } = new URL(call.origin)
    const span = tracing.client(method, {
      'http.request.method': method,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    })
    const headers = renamed(call.headers, span.traceparent)
    const outcome = await span.within(() => callUpstream(c, { ...call, headers }))
    if (outcome.ok) {
      const { status } = outcome.value
      span.set({ 'http.response.status_code': status })
      span.end(status >= 400 ? String(status) : null)
    } else {
      span.end(outcome.error.kind)
    }
    return outcome
  }
}

function renamed(headers: RawHeaders, traceparent: string): RawHeaders {
  const changed = [...headers]
  const at = changed.indexOf('traceparent')
  if (at < 0) changed.push('traceparent', traceparent)
  else changed[at + 1] = traceparent
  return changed
}
