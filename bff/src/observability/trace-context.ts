import { randomBytes } from 'node:crypto'

/** Where a request stands in a trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** The span that what we do hangs under: 16 hex digits. Null where the trace begins here. */
  readonly parentId: string | null
  /** Whether somebody may be recording it. */
  readonly sampled: boolean
  /** What tracing systems say to themselves. */
  readonly state: string | undefined
}

/**
 * Reads the two headers. What does not keep to the letter is no trace at all (§4.3).
 *
 * @see {@link https://www.w3.org/TR/trace-context/#traceparent-header W3C Trace Context §3.2}
 */
export function parseTraceparent(
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext | null {
  const [, version, traceId = '', parentId = '', flags = '', more] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(traceparent ?? '') ?? []
  if (version === undefined || version === 'ff') return null
  // Later versions may say more behind it, this one may not.
  if (version === '00' && more !== undefined) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null
  const sampled = (Number.parseInt(flags, 16) & 1) === 1
  return { traceId, parentId, sampled, state: isState(tracestate) ? tracestate : undefined }
}

/** At most 32 members, of printable characters (§3.3.1). */
function isState(tracestate: string | undefined): tracestate is string {
  return (
    tracestate !== undefined &&
    tracestate.length <= 512 &&
    /^[\x20-\x7e]+$/.test(tracestate) &&
    tracestate.split(',').length <= 32
  )
}

/**
 * A trace that begins here. Without an SDK nobody decides about recording: it is left to those who come after, all of whom see
 * the flag of one who would record. To say no for them would end the traces of every API behind us.
 *
 * @param requestId  a UUID is as random as a trace's id must be, and the same digits are easily found again
 */
export function newTrace(requestId: string): TraceContext {
  return { traceId: traceIdOf(requestId), parentId: null, sampled: true, state: undefined }
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

function traceIdOf(requestId: string): string {
  if (!uuid.test(requestId)) return randomHex(16)
  // Where the hyphens are is known: to look for them takes three times as long.
  return (
    requestId.slice(0, 8) +
    requestId.slice(9, 13) +
    requestId.slice(14, 18) +
    requestId.slice(19, 23) +
    requestId.slice(24)
  )
}

/** What to say to whom we call: the same trace, and a span of ours. */
export function traceparentOf(
  { traceId, sampled }: Pick<TraceContext, 'traceId' | 'sampled'>,
  spanId: string = randomHex(8),
): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

let pool = ''
let used = 0

/** Names, not secrets. Many at a time: to ask for each costs more than all the rest. */
function randomHex(bytes: 8 | 16): string {
  const digits = 2 * bytes
  if (used + digits > pool.length) {
    pool = randomBytes(4096).toString('hex')
    used = 0
  }
  used += digits
  return pool.slice(used - digits, used)
}
