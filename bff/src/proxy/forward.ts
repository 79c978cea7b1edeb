import type { HttpBindings } from '@hono/node-server'
import { err, type Ok } from '@strongroom/client'
import type { Context, Handler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { Refusal } from '../base/failure.ts'
import { incoming, requestHeader, upgradeOf } from '../base/incoming.ts'
import { PlainError } from '../base/plain-error.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import { currentRequest } from '../observability/request-context.ts'
import { newTrace, traceparentOf } from '../observability/trace-context.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import {
  authorizationOf,
  proofOf,
  wantsNonce,
  type CallToken,
  type ProofParts,
} from '../provider/token-authorization.ts'
import type { TokenVariables } from '../tokens/fresh-token.ts'
import type { CallUpstream } from './call-upstream.ts'
import type { OpenEnds } from './open-ends.ts'
import { recordOf, type HeaderRecord, type RawHeaders } from './headers.ts'
import { keptBody, type KeptBody } from './kept-body.ts'
import { requestHeaders } from './request-headers.ts'
import { withRetries } from './retries.ts'
import { responseHeaders } from './response-headers.ts'
import { stepUpChallenge } from './step-up-challenge.ts'
import { targetUrl, type Target } from './target-url.ts'
import type { CallFailure, CallOutcome, UpstreamAnswer } from './upstream-call.ts'
import { prefixesBelow, type Upstream } from './upstream.ts'

export interface ForwardParts extends ProofParts {
  readonly publicUrl: URL
  readonly callUpstream: CallUpstream
  readonly openEnds: OpenEnds
  readonly proxies: ProxyTrust
  readonly telemetry: Telemetry
  /** Those that stand on every answer of an API. */
  readonly answerHeaders: RawHeaders
}

/** On Node the server's own request is at hand; in a test through `app.request` it is not. */
type ForwardContext = Context<ForwardEnv>

interface ForwardEnv {
  Bindings: Partial<HttpBindings>
  Variables: TokenVariables & RequestIdVariables
}

/** Hands the request to the upstream and streams the answer back. Redirects are passed on, never followed. */
export function forward(
  parts: ForwardParts,
  upstream: Upstream,
  all: readonly Upstream[],
): Handler<ForwardEnv> {
  const row = rowOf(upstream, all, parts.publicUrl)
  return async function forward(c) {
    const keepSession = c.get('keepSession')
    try {
      const target = row.target(rawTarget(c))
      if (!target.ok) throw new Refusal(target.error)
      if (announcedBytes(c) > row.maxBodyBytes) throw new Refusal({ kind: 'body-too-large' })
      const first = await call(c, parts, row, target.value, c.get('callToken'))
      const refused = first.ok && first.value.status === 401
      const outcome = refused ? await callAgain(c, parts, row, target.value, first) : first
      if (!outcome.ok) return noAnswer(c, parts, outcome.error)
      const answer = outcome.value
      // The last moment at which the browser can be told of a session that has moved on.
      const kept = keepSession()
      const cookies = kept && (await kept) ? c.res.headers.getSetCookie() : []
      const headers = responseHeaders(answer.headers, cookies, row.responseHeaders)
      headers.push(...parts.answerHeaders, 'x-request-id', c.get('requestId'))
      return answer.pass(headers, parts.openEnds.watch(c.get('watchSession')))
    } finally {
      const kept = keepSession()
      if (kept) await kept
    }
  }
}

/** What a row of the table says of each call, with the defaults, and with what need be reckoned once only. */
interface Row {
  readonly target: ReturnType<typeof targetUrl>
  readonly host: string
  readonly scheme: string
  readonly timeoutSeconds: number
  readonly idleSeconds: number
  readonly maxBodyBytes: number
  readonly retries: number
  readonly clientCertificate: boolean
  /** Whether a user's sign-in stands behind the token. */
  readonly isOfUser: boolean
  readonly requestHeaders: ReadonlySet<string> | null
  readonly responseHeaders: ReadonlySet<string>
}

function rowOf(upstream: Upstream, all: readonly Upstream[], { host, protocol }: URL): Row {
  const lowerCase = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()))
  return {
    target: targetUrl(upstream, prefixesBelow(upstream, all)),
    host,
    scheme: protocol.slice(0, -1),
    timeoutSeconds: upstream.timeoutSeconds ?? 30,
    idleSeconds: upstream.idleSeconds ?? 300,
    maxBodyBytes: upstream.maxBodyBytes ?? Number.POSITIVE_INFINITY,
    retries: upstream.retries ?? 0,
    clientCertificate: upstream.clientCertificate ?? false,
    isOfUser: upstream.token !== 'client',
    requestHeaders: upstream.requestHeaders ? lowerCase(upstream.requestHeaders) : null,
    responseHeaders: lowerCase(upstream.responseHeaders ?? []),
  }
}

/**
 * An API may refuse a token before its time: it is renewed once, and the call made again if nothing of it is lost. What it
 * refuses for the sign-in behind the token, no renewal mends.
 */
async function callAgain(
  c: ForwardContext,
  parts: ForwardParts,
  row: Row,
  target: Target,
  refusal: Ok<UpstreamAnswer>,
): Promise<CallOutcome> {
  if (c.get('callToken') === null) return refusal
  if (row.isOfUser) refuseForSignIn(refusal.value)
  // Behind the app's own token there is none: whoever signs in anew, and whatever is renewed, is refused again.
  else if (stepUpChallenge(refusal.value.headers) !== null) return refusal
  if (hasBody(c)) return refusal
  const renewed = await c
    .get('renewCallToken')()
    .catch((error: unknown) => {
      // It can't be renewed at the moment: then the API's own answer is the one to hear.
      if (error instanceof Refusal && error.failure.kind !== 'refresh-refused') return null
      throw error
    })
  if (renewed === null) return refusal
  refusal.value.discard()
  const again = await call(c, parts, row, target, renewed)
  // An API may look at the token first, and at the sign-in behind it once the token is good.
  if (row.isOfUser && again.ok && again.value.status === 401) refuseForSignIn(again.value)
  return again
}

function refuseForSignIn(answer: UpstreamAnswer): void {
  const demand = stepUpChallenge(answer.headers)
  if (demand === null) return
  answer.discard()
  throw new Refusal({ kind: 'step-up-required', ...demand })
}

function call(
  c: ForwardContext,
  parts: ForwardParts,
  row: Row,
  target: Target,
  token: CallToken | null,
): Promise<CallOutcome> {
  return token?.dpopKey === undefined
    ? send(c, parts, row, target, token)
    : sendWithProof(c, parts, row, target, token)
}

/**
 * Once more where only the API's nonce was wanting: it has done nothing then, and with its challenge the app could do nothing.
 */
async function sendWithProof(
  c: ForwardContext,
  parts: ForwardParts,
  row: Row,
  target: Target,
  token: CallToken,
): Promise<CallOutcome> {
  const kept = keptBody(incoming(c))
  const mostTries = hasBody(c) && kept === null ? 1 : 2
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const outcome = await send(c, parts, row, target, token, kept)
    const isWanted = isNonceWanted(outcome, target, parts)
    if (!isWanted || tries === mostTries) kept?.drop()
    if (!isWanted) return outcome
    if (outcome.ok) outcome.value.discard()
  }
  return err({ kind: 'nonce-wanted', cause: mostTries === 1 ? notKept : wantedAgain })
}

const notKept = new PlainError('the body is not kept: it is over 64 KiB, or of unknown length')
const wantedAgain = new PlainError('the API wanted another one again')

function isNonceWanted(
  outcome: CallOutcome,
  { origin }: Target,
  { nonces }: ForwardParts,
): boolean {
  if (!outcome.ok) return false
  const { headers, status } = outcome.value
  const isWanted = wantsNonce(origin, status, (name) => headers[name]?.toString(), nonces)
  // What is refused for the sign-in as well, a nonce does not mend.
  return isWanted && stepUpChallenge(headers) === null
}

function send(
  c: ForwardContext,
  parts: ForwardParts,
  row: Row,
  { origin, path }: Target,
  token: CallToken | null,
  kept: KeptBody | null = null,
): Promise<CallOutcome> {
  const { callUpstream, proxies } = parts
  const peer = incoming(c)?.socket.remoteAddress
  const upgrade = upgradeOf(c)
  const requestId = c.get('requestId')
  const trace = currentRequest()?.trace ?? newTrace(requestId)
  const headers = requestHeaders(headersOf(c), {
    authorization: token && authorizationOf(token),
    host: row.host,
    scheme: row.scheme,
    forwardedFor: proxies.forwardedFor(requestHeader(c, 'x-forwarded-for'), peer),
    requestId,
    traceparent: traceparentOf(trace),
    tracestate: trace.state,
    allowed: row.requestHeaders,
    isWebSocket: upgrade !== undefined,
  })
  const { timeoutSeconds, idleSeconds, maxBodyBytes, clientCertificate } = row
  const limits = { timeoutSeconds, idleSeconds, maxBodyBytes, clientCertificate }
  const { method } = c.req
  const proof =
    token?.dpopKey === undefined ? null : () => proofOf(token, { method, origin, path }, parts)
  return withRetries(
    { origin, path, method, headers, proof, hasBody: hasBody(c), kept, upgrade, ...limits },
    row.retries,
    (made) => callUpstream(c, made),
  )
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

function announcedBytes(c: ForwardContext): number {
  return Number(requestHeader(c, 'content-length') ?? 0)
}

function rawTarget(c: ForwardContext): string {
  return incoming(c)?.url ?? c.req.url.slice(new URL(c.req.url).origin.length)
}
