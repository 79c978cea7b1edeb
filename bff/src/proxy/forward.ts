import type { HttpBindings } from '@hono/node-server'
import type { Context, Handler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { StatusCode } from 'hono/utils/http-status'
import { Refusal } from '../base/failure.ts'
import { incoming } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { AccessToken } from '../provider/token-set.ts'
import type { TokenVariables } from '../tokens/fresh-token.ts'
import type { CallUpstream } from './call-upstream.ts'
import { requestHeaders } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import { targetUrl } from './target-url.ts'
import type { CallFailure, CallOutcome } from './upstream-call.ts'
import type { Upstream } from './upstream.ts'

export interface ForwardParts {
  readonly publicUrl: URL
  readonly callUpstream: CallUpstream
  readonly proxies: ProxyTrust
  readonly telemetry: Telemetry
}

/** On Node the server's own request is at hand; in a test through `app.request` it is not. */
type ForwardContext = Context<ForwardEnv>

interface ForwardEnv {
  Bindings: Partial<HttpBindings>
  Variables: TokenVariables & RequestIdVariables
}

const defaultTimeoutSeconds = 30

/** Hands the request to the upstream and streams the answer back. Redirects are passed on, never followed. */
export function forward(parts: ForwardParts, upstream: Upstream): Handler<ForwardEnv> {
  return async function forward(c) {
    const url = targetUrl(rawTarget(c), upstream)
    if (!url.ok) throw new Refusal(url.error)
    const outcome = await callWithToken(c, parts, upstream, url.value)
    if (!outcome.ok) return noAnswer(c, parts, outcome.error)
    const { status, headers, body } = outcome.value
    // Not a bare `Response`: that would go out without the headers that were set before, such as the request's id.
    return c.newResponse(body, { status: status as StatusCode, headers: responseHeaders(headers) })
  }
}

/** An API may refuse a token before its time: it is renewed once, and the call made again if nothing of it is lost. */
async function callWithToken(
  c: ForwardContext,
  parts: ForwardParts,
  upstream: Upstream,
  url: URL,
): Promise<CallOutcome> {
  const first = await call(c, parts, upstream, url, c.var.accessToken)
  const refused = first.ok && first.value.status === 401
  if (!refused || c.var.accessToken === null || hasBody(c)) return first
  const renewed = await c.var.renewAccessToken().catch((error: unknown) => {
    // It can't be renewed at the moment: then the API's own answer is the one to hear.
    if (error instanceof Refusal && error.failure.kind !== 'refresh-refused') return null
    throw error
  })
  if (renewed === null) return first
  await first.value.body?.cancel()
  return call(c, parts, upstream, url, renewed)
}

function call(
  c: ForwardContext,
  { publicUrl, callUpstream, proxies }: ForwardParts,
  { timeoutSeconds = defaultTimeoutSeconds }: Upstream,
  url: URL,
  accessToken: AccessToken | null,
): Promise<CallOutcome> {
  const forwardedFor = proxies.forwardedFor(
    c.req.header('x-forwarded-for'),
    incoming(c)?.socket.remoteAddress,
  )
  return callUpstream(c, {
    url,
    method: c.req.method,
    headers: requestHeaders(c.req.raw.headers, {
      accessToken,
      publicUrl,
      forwardedFor,
      requestId: c.var.requestId,
    }),
    hasBody: hasBody(c),
    timeoutSeconds,
  })
}

function noAnswer(c: ForwardContext, { telemetry }: ForwardParts, failure: CallFailure): Response {
  if (failure.kind !== 'client-left') throw new Refusal(failure)
  telemetry.record({ name: 'client-left', requestId: c.var.requestId })
  // Nobody reads it. It is not a failure, so that the session is still kept as after any other call.
  return c.body(null, 204)
}

/** By what the head says where the server's own request is at hand (RFC 9112 §6.3): a GET may bring one too. */
function hasBody(c: ForwardContext): boolean {
  if (incoming(c) === undefined) return c.req.raw.body !== null
  const { headers } = c.req.raw
  return headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0'
}

function rawTarget(c: ForwardContext): string {
  return incoming(c)?.url ?? c.req.url.slice(new URL(c.req.url).origin.length)
}
