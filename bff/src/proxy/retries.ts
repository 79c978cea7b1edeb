import { setTimeout as pause } from 'node:timers/promises'
import type { CallOutcome, UpstreamCall } from './upstream-call.ts'

/** What may be asked twice without being done twice (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** An upstream that says so may well be there a moment later. */
const passingStatuses = new Set([502, 503, 504])

const firstPauseMilliseconds = 50

/** Whether the call can be made again: nothing of it is spent, and it does no more the second time. */
export function isRepeatable({ method, hasBody, upgrade }: UpstreamCall): boolean {
  return idempotent.has(method) && !hasBody && upgrade === undefined
}

/** Makes a call again, up to so many times and twice as much later each time, while it fails in a way that may pass. */
export function withRetries(
  call: UpstreamCall,
  retries: number,
  make: (call: UpstreamCall) => Promise<CallOutcome>,
): Promise<CallOutcome> {
  return retries === 0 ? make(call) : tryRepeatedly(call, retries, make)
}

async function tryRepeatedly(
  call: UpstreamCall,
  retries: number,
  make: (call: UpstreamCall) => Promise<CallOutcome>,
): Promise<CallOutcome> {
  let outcome = await make(call)
  for (let tried = 0; tried < retries && isRepeatable(call) && mayPass(outcome); tried += 1) {
    if (outcome.ok) outcome.value.discard()
    // Not all at the same moment, should many have failed at once.
    await pause(firstPauseMilliseconds * 2 ** tried * (0.5 + Math.random()))
    outcome = await make(call)
  }
  return outcome
}

function mayPass(outcome: CallOutcome): boolean {
  return outcome.ok
    ? passingStatuses.has(outcome.value.status)
    : outcome.error.kind === 'upstream-unreachable'
}
