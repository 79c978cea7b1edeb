import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { matchedRoutes } from 'hono/route'
import { errorKind, errorStatus } from '../base/error-status.ts'
import { incoming, requestHeader, sentStatus } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import { inRequest } from '../observability/request-context.ts'
import { newTrace, parseTraceparent, type TraceContext } from '../observability/trace-context.ts'
import { methodOf, type Tracing } from '../observability/tracing.ts'

/**
 * Names the request and its trace, for the log, for the API and for who asks about it: as a trusted proxy before us has, or anew.
 * From anybody else a name might be that of another request, and lead whoever reads the log astray; and a trace might be one of a
 * million that are all to be recorded, or another's (W3C Trace Context §7). `withHeaders` tells the name.
 *
 * @param route  for spans; null where Hono's own knows better
 */
export function requestId(
  proxies: Pick<ProxyTrust, 'isTrusted'>,
  tracing: Tracing | null,
  route: string | null = null,
): MiddlewareHandler<{ Variables: RequestIdVariables }> {
  return function requestId(c, next) {
    const given = requestHeader(c, 'x-request-id')
    const traceparent = requestHeader(c, 'traceparent')
    const says = given !== undefined || traceparent !== undefined
    const believed = says && proxies.isTrusted(incoming(c)?.socket.remoteAddress)
    const isNamed = believed && given !== undefined && /^[\w=-]{1,255}$/.test(given)
    const id = isNamed ? given : randomUUID()
    c.set('requestId', id)
    const remote = believed ? parseTraceparent(traceparent, requestHeader(c, 'tracestate')) : null
    if (tracing) return traced(c, next, tracing, { id, remote, route })
    return inRequest({ requestId: id, trace: remote ?? newTrace(id), spans: null }, next)
  }
}

interface Named {
  readonly id: string
  readonly remote: TraceContext | null
  readonly route: string | null
}

/** The span ends when the head of the answer is decided on: a stream may stay open for hours. */
function traced(
  c: Context,
  next: Next,
  tracing: Tracing,
  { id, remote, route }: Named,
): Promise<void> {
  const method = methodOf(c.req.method)
  const span = tracing.server(method, { 'http.request.method': method }, remote)
  function end(status: number, trouble: string | null): void {
    const found = route ?? routeOf(c)
    span.name(`${method} ${found}`)
    span.set({ 'http.route': found, 'http.response.status_code': status })
    // What the caller did wrong is no error of the server's.
    span.end(status >= 500 ? (trouble ?? String(status)) : null)
  }
  return inRequest({ requestId: id, trace: span.trace, spans: span.spans }, () =>
    span.within(async () => {
      try {
        const answer = (await next()) as Response | undefined
        end(sentStatus(c) ?? answer?.status ?? c.res.status, c.error ? errorKind(c.error) : null)
        return answer as undefined
      } catch (error) {
        end(errorStatus(error), errorKind(error))
        throw error
      }
    }),
  )
}

/** The one that names the path; the steps before it and the page behind it match whatever there is. */
function routeOf(c: Context): string {
  return matchedRoutes(c).find(({ path }) => !path.endsWith('*'))?.path ?? '/*'
}
