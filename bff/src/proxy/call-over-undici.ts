import type { Readable } from 'node:stream'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { err, ok } from '@strongroom/client'
import type { Dispatcher } from 'undici'
import type { ClientCertificate } from '../base/client-certificate.ts'
import { PlainError } from '../base/plain-error.ts'
import { answerRelay, type AnswerRelay } from './answer-relay.ts'
import { dispatchers } from './dispatchers.ts'
import type { HeaderRecord } from './headers.ts'
import { BodyTooLarge, requestBody } from './request-body.ts'
import { upgradedAnswer } from './upgraded-answer.ts'
import { isRepeatable } from './retries.ts'
import {
  provenHeaders,
  type CallFailure,
  type CallOutcome,
  type UpstreamAnswer,
  type UpstreamCall,
} from './upstream-call.ts'

/** The way to an upstream on Node: undici carries the call, and the answer is written to the browser's own connection. */
export function callOverUndici(
  certificate: ClientCertificate | null = null,
): (own: HttpBindings, call: UpstreamCall) => Promise<CallOutcome> {
  const plain = dispatchers()
  const certified = dispatchers(certificate)
  return function callOverUndici(own, call) {
    const { kept, fresh } = call.clientCertificate ? certified : plain
    const again = isRepeatable(call) ? () => attempt(own, call, fresh(call.origin), null) : null
    return attempt(own, call, kept(call.origin), again)
  }
}

/**
 * @param again  for when the connection breaks before anything came: the upstream may have closed it just as we took it up
 *   again
 */
function attempt(
  { incoming, outgoing }: HttpBindings,
  call: UpstreamCall,
  dispatcher: Dispatcher,
  again: (() => Promise<CallOutcome>) | null,
): Promise<CallOutcome> {
  const { promise, resolve } = Promise.withResolvers<CallOutcome>()
  let controller: Dispatcher.DispatchController | null = null
  let relay: AnswerRelay | null = null
  let settled = false
  let over = false
  const timer = setTimeout(
    () => giveUp({ kind: 'upstream-timeout', seconds: call.timeoutSeconds }),
    call.timeoutSeconds * 1000,
  )

  function settle(outcome: CallOutcome | Promise<CallOutcome>): void {
    settled = true
    clearTimeout(timer)
    resolve(outcome)
  }
  function stop(): void {
    over = true
    controller?.abort(givenUp)
  }
  function giveUp(failure: CallFailure): void {
    settle(err(failure))
    stop()
  }

  outgoing.on('close', () => {
    if (!over) giveUp({ kind: 'client-left' })
  })
  if (outgoing.destroyed) {
    giveUp({ kind: 'client-left' })
    return promise
  }

  dispatcher.dispatch(
    {
      path: call.path,
      method: call.method,
      headers: provenHeaders(call) as string[],
      body: call.hasBody ? bodyOf(incoming, call, () => timer.refresh()) : null,
      bodyTimeout: call.idleSeconds * 1000,
      ...(call.upgrade && { upgrade: 'websocket' }),
    },
    {
      onRequestStart(started) {
        controller = started
        if (over) stop()
      },
      onResponseStart(started, status, headers) {
        // Interim answers are between the upstream and us.
        if (status < 200) return
        if (status > 599) return giveUp(nonsense(status))
        const source = { pause: () => started.pause(), resume: () => started.resume(), stop }
        relay = answerRelay(outgoing, source, call.idleSeconds)
        settle(ok(answerOf(status, headers as HeaderRecord, relay, stop)))
      },
      onRequestUpgrade(_, _status, headers, socket) {
        over = true
        if (call.upgrade === undefined) return void socket.destroy()
        const { upgrade, idleSeconds } = call
        settle(ok(upgradedAnswer(headers, outgoing, upgrade, socket, idleSeconds)))
      },
      onResponseData: (_, chunk) => relay?.take(chunk),
      onResponseEnd() {
        over = true
        relay?.end()
      },
      onResponseError(_, cause) {
        over = true
        relay?.breakOff()
        if (!settled) settle(again && isCut(cause) ? again() : err(failureOf(cause)))
      },
    },
  )
  return promise
}

function bodyOf(
  incoming: HttpBindings['incoming'],
  { kept, maxBodyBytes }: UpstreamCall,
  moved: () => void,
): Readable {
  return kept ? kept.send(maxBodyBytes, moved) : requestBody(incoming, maxBodyBytes, moved)
}

const givenUp = new PlainError('given up')

function nonsense(status: number): CallFailure {
  return { kind: 'upstream-unreachable', cause: new PlainError(`status ${status}`) }
}

function answerOf(
  status: number,
  headers: HeaderRecord,
  relay: AnswerRelay,
  discard: () => void,
): UpstreamAnswer {
  return {
    status,
    headers,
    pass(head, watch) {
      relay.begin(status, head, isEventStream(headers) ? watch : null)
      return RESPONSE_ALREADY_SENT
    },
    discard,
  }
}

function isEventStream({ 'content-type': type }: HeaderRecord): boolean {
  return typeof type === 'string' && /^text\/event-stream\b/i.test(type)
}

function failureOf(cause: Error): CallFailure {
  return cause instanceof BodyTooLarge
    ? { kind: 'body-too-large' }
    : { kind: 'upstream-unreachable', cause }
}

function isCut(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}
