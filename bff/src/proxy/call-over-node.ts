import * as http from 'node:http'
import * as https from 'node:https'
import type { HttpBindings } from '@hono/node-server'
import { err, ok } from '@strongroom/client'
import { PlainError } from '../base/plain-error.ts'
import { answerBody } from './answer-body.ts'
import type { CallFailure, CallOutcome, UpstreamAnswer, UpstreamCall } from './upstream-call.ts'

/** Shorter than most servers keep a connection that nobody uses, so that we seldom use one as it is being closed. */
const idleMilliseconds = 4000

/** What may be asked twice without being done twice (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

const statusesWithoutBody = new Set([204, 205, 304])

interface Attempt {
  readonly outcome: CallOutcome
  /** The upstream had closed the connection just as we took it up again: it may never have seen the call. */
  readonly wasStale: boolean
}

/** The way to an upstream on Node: the server's own request is streamed up, and the answer comes down as it is. */
export function callOverNode(): (own: HttpBindings, call: UpstreamCall) => Promise<CallOutcome> {
  const agents = agentsWith({ timeout: idleMilliseconds })
  const freshConnections = agentsWith({ keepAlive: false })
  return async function callOverNode(own, call) {
    const { outcome, wasStale } = await attempt(own, call, agents)
    const mayRepeat = wasStale && !call.hasBody && idempotent.has(call.method)
    return mayRepeat ? (await attempt(own, call, freshConnections)).outcome : outcome
  }
}

function attempt(
  { incoming, outgoing }: HttpBindings,
  call: UpstreamCall,
  agents: Agents,
): Promise<Attempt> {
  const { promise, resolve } = Promise.withResolvers<Attempt>()
  const request = open(call, agents)
  const timer = setTimeout(tooLate, call.timeoutSeconds * 1000)
  let answered = false

  function giveUp(failure: CallFailure, wasStale = false): void {
    resolve({ outcome: err(failure), wasStale })
    request.destroy()
  }
  function tooLate(): void {
    giveUp({ kind: 'upstream-timeout', seconds: call.timeoutSeconds })
  }
  function clientLeft(): void {
    giveUp({ kind: 'client-left' })
  }

  request.once('response', (answer) => {
    const { statusCode: status = 0 } = answer
    if (status < 200 || status > 599) return giveUp(nonsense(`status ${status}`))
    answered = true
    clearTimeout(timer)
    // An upstream that has said all it has to say need not hear the rest of the body.
    answer.once('end', () => request.writableFinished || request.destroy())
    resolve({ outcome: ok(answerOf(call, answer, outgoing)), wasStale: false })
  })
  // Nobody asked for another protocol: the headers that would are not passed on.
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    giveUp(nonsense('another protocol'))
  })
  request.on('error', (cause: NodeJS.ErrnoException) => {
    // Once there is an answer it is read to its end: an upstream may well refuse a body in the middle of it.
    if (answered) return
    const reset = cause.code === 'ECONNRESET' || cause.code === 'EPIPE'
    giveUp({ kind: 'upstream-unreachable', cause }, request.reusedSocket && reset)
  })
  request.once('close', () => {
    clearTimeout(timer)
    outgoing.off('close', clientLeft)
    if (!answered) giveUp(nonsense('no answer'))
    if (!call.hasBody) return
    incoming.unpipe(request)
    incoming.resume()
  })

  outgoing.once('close', clientLeft)
  if (outgoing.destroyed) clientLeft()
  else if (call.hasBody) incoming.on('data', () => timer.refresh()).pipe(request)
  else request.end()
  return promise
}

function open({ url, method, headers, hasBody }: UpstreamCall, agents: Agents): http.ClientRequest {
  const { request } = url.protocol === 'https:' ? https : http
  // Named for every method: left to itself Node would send the body of a GET without saying where it ends.
  const framing =
    hasBody && !headers.has('content-length') ? { 'transfer-encoding': 'chunked' } : {}
  return request(url, {
    method,
    headers: { ...Object.fromEntries(headers), ...framing },
    agent: agents[url.protocol],
  })
}

function answerOf(
  { method }: UpstreamCall,
  answer: http.IncomingMessage,
  outgoing: http.ServerResponse,
): UpstreamAnswer {
  const { statusCode: status = 0, rawHeaders } = answer
  const headers = new Headers()
  for (const [index, name] of rawHeaders.entries())
    if (index % 2 === 0) headers.append(name, rawHeaders[index + 1] ?? '')
  const bodiless = method === 'HEAD' || statusesWithoutBody.has(status)
  if (bodiless) answer.resume()
  return { status, headers, body: bodiless ? null : answerBody(answer, outgoing) }
}

function nonsense(what: string): CallFailure {
  return { kind: 'upstream-unreachable', cause: new PlainError(what) }
}

type Agents = Readonly<Record<string, http.Agent>>

/** Otherwise as Node's own, which know of the proxies that `NODE_USE_ENV_PROXY` asks for. */
function agentsWith(difference: http.AgentOptions): Agents {
  // Node documents them, and its types leave them out.
  const own = http.globalAgent as http.Agent & { readonly options: http.AgentOptions }
  const options = { ...own.options, ...difference }
  return { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }
}
