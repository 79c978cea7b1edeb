import type { HttpBindings } from '@hono/node-server'
import type { Context, Handler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { ForwardedFor } from '../base/forwarded-for.ts'
import { Refusal } from '../base/failure.ts'
import type { TokenVariables } from '../tokens/fresh-token.ts'
import { relayBody } from './relay-body.ts'
import { requestHeaders } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import { targetUrl } from './target-url.ts'
import type { Upstream } from './upstream.ts'

export interface ForwardParts {
  readonly publicUrl: URL
  readonly fetch: typeof fetch
  readonly forwardedFor: ForwardedFor
}

/** On Node the server's own request is at hand; in a test through `app.request` it is not. */
type ForwardContext = Context<{
  Bindings: Partial<HttpBindings>
  Variables: TokenVariables & RequestIdVariables
}>

const defaultTimeoutSeconds = 30

/** Hands the request to the upstream and streams the answer back. Redirects are passed on, never followed. */
export function forward(
  parts: ForwardParts,
  upstream: Upstream,
): Handler<{ Bindings: Partial<HttpBindings>; Variables: TokenVariables & RequestIdVariables }> {
  return async function forward(c) {
    const url = targetUrl(rawTarget(c), upstream)
    if (!url.ok) throw new Refusal(url.error)
    const response = await call(c, parts, upstream, url.value)
    const body = relayBody(response.body, () => incoming(c)?.socket.destroy())
    return new Response(body, { status: response.status, headers: responseHeaders(response) })
  }
}

async function call(
  c: ForwardContext,
  { publicUrl, fetch: fetchNow, forwardedFor }: ForwardParts,
  { timeoutSeconds = defaultTimeoutSeconds }: Upstream,
  url: URL,
): Promise<Response> {
  const tooLate = new AbortController()
  // Only until the answer begins: an event stream may go on for hours.
  const timer = setTimeout(() => tooLate.abort(), timeoutSeconds * 1000)
  try {
    return await fetchNow(url, {
      method: c.req.method,
      headers: requestHeaders(c.req.raw.headers, {
        accessToken: c.var.accessToken,
        publicUrl,
        forwardedFor: forwardedFor(
          c.req.header('x-forwarded-for'),
          incoming(c)?.socket.remoteAddress,
        ),
        requestId: c.var.requestId,
      }),
      redirect: 'manual',
      signal: AbortSignal.any([c.req.raw.signal, tooLate.signal]),
      ...requestBody(c),
    })
  } catch (cause) {
    throw new Refusal(
      tooLate.signal.aborted
        ? { kind: 'upstream-timeout', seconds: timeoutSeconds }
        : { kind: 'upstream-unreachable', cause },
    )
  } finally {
    clearTimeout(timer)
  }
}

/** The socket itself, where there is one: it waits while the upstream reads slowly, a web stream would fill memory. */
function requestBody(c: ForwardContext): RequestInit {
  const socket = incoming(c)
  const body = socket === undefined ? c.req.raw.body : announcesBody(c) ? socket : null
  return body === null ? {} : { body, duplex: 'half' }
}

function announcesBody(c: ForwardContext): boolean {
  return (
    (c.req.header('content-length') ?? '0') !== '0' ||
    c.req.header('transfer-encoding') !== undefined
  )
}

/** The server's own request. Hono leaves `env` out altogether where no server gave one. */
function incoming(c: ForwardContext): HttpBindings['incoming'] | undefined {
  const env: Partial<HttpBindings> | undefined = c.env
  return env?.incoming
}

function rawTarget(c: ForwardContext): string {
  return incoming(c)?.url ?? c.req.url.slice(new URL(c.req.url).origin.length)
}
