import type { HttpBindings } from '@hono/node-server'
import type { Context, Handler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { Refusal } from '../base/failure.ts'
import { incoming, requestHeader, upgradeOf } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { AccessToken } from '../provider/token-set.ts'
import type { TokenVariables } from '../tokens/fresh-token.ts'
import type { CallUpstream } from './call-upstream.ts'
import { recordOf, type HeaderRecord, type RawHeaders } from './headers.ts'
import { requestHeaders } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import { targetUrl, type Target } from './target-url.ts'
import type { CallFailure, CallOutcome } from './upstream-call.ts'
import type { Upstream } from './upstream.ts'

export interface ForwardParts {
  readonly publicUrl: URL
  readonly callUpstream: CallUpstream
  readonly proxies: ProxyTrust
  readonly telemetry: Telemetry
  /** Those that stand on every answer, whoever made it. */
  readonly answerHeaders: RawHeaders
}

/** On Node the server's own request is at hand; in a test through `app.request` it is not. */
type ForwardContext = Context<ForwardEnv>

interface ForwardEnv {
  Bindings: Partial<HttpBindings>
  Variables: TokenVariables & RequestIdVariables
}

const defaultTimeoutSeconds = 30
const defaultIdleSeconds = 300

/** Hands the request to the upstream and streams the answer back. Redirects are passed on, never followed. */
export function forward(parts: ForwardParts, upstream: Upstream): Handler<ForwardEnv> {
  return async function forward(c) {
    const target = targetUrl(rawTarget(c), upstream)
    if (!target.ok) throw new Refusal(target.error)
    const outcome = await callWithToken(c, parts, upstream, target.value)
    if (!outcome.ok) return noAnswer(c, parts, outcome.error)
    const answer = outcome.value
    // The last moment at which the browser can be told of a session that has moved on.
    const cookies = (await c.get('keepSession')()) ? c.res.headers.getSetCookie() : []
    const own = [...parts.answerHeaders, 'x-request-id', c.get('requestId')]
    return answer.pass(responseHeaders(answer.headers, own, cookies), c.get('watchSession'))
  }
}

/** An API may refuse a token before its time: it is renewed once, and the call made again if nothing of it is lost. */
async function callWithToken(
  c: ForwardContext,
  parts: ForwardParts,
  upstream: Upstream,
  target: Target,
): Promise<CallOutcome> {
  const token = c.get('accessToken')
  const first = await call(c, parts, upstream, target, token)
  const refused = first.ok && first.value.status === 401
  if (!refused || token === null || hasBody(c)) return first
  const renewed = await c
    .get('renewAccessToken')()
    .catch((error: unknown) => {
      // It can't be renewed at the moment: then the API's own answer is the one to hear.
      if (error instanceof Refusal && error.failure.kind !== 'refresh-refused') return null
      throw error
    })
  if (renewed === null) return first
  first.value.discard()
  return call(c, parts, upstream, target, renewed)
}

function call(
  c: ForwardContext,
  { publicUrl, callUpstream, proxies }: ForwardParts,
  { timeoutSeconds = defaultTimeoutSeconds, idleSeconds = defaultIdleSeconds }: Upstream,
  target: Target,
  accessToken: AccessToken | null,
): Promise<CallOutcome> {
  const peer = incoming(c)?.socket.remoteAddress
  return callUpstream(c, {
    ...target,
    method: c.req.method,
    headers: requestHeaders(headersOf(c), {
      accessToken,
      publicUrl,
      forwardedFor: proxies.forwardedFor(requestHeader(c, 'x-forwarded-for'), peer),
      requestId: c.get('requestId'),
    }),
    hasBody: hasBody(c),
    upgrade: upgradeOf(c),
    timeoutSeconds,
    idleSeconds,
  })
}

function headersOf(c: ForwardContext): HeaderRecord {
  return incoming(c)?.headers ?? recordOf(c.req.raw.headers)
}

function noAnswer(c: ForwardContext, { telemetry }: ForwardParts, failure: CallFailure): Response {
  if (failure.kind !== 'client-left') throw new Refusal(failure)
  telemetry.record({ name: 'client-left', requestId: c.get('requestId') })
  // Nobody reads it. It is not a failure, so that the session is still kept as after any other call.
  return c.body(null, 204)
}

/** By what the head says where the server's own request is at hand (RFC 9112 §6.3): a GET may bring one too. */
function hasBody(c: ForwardContext): boolean {
  const headers = incoming(c)?.headers
  if (headers === undefined) return c.req.raw.body !== null
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

function rawTarget(c: ForwardContext): string {
  return incoming(c)?.url ?? c.req.url.slice(new URL(c.req.url).origin.length)
}
