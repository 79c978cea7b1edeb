import { Refusal } from '../base/failure.ts'
import { ApiRefusal, JobCallError, RetryLater, type JobCallFault } from './job-errors.ts'

/** No I/O. */

/** How a run can end, in words that do not change. */
export const outcomes = [
  'done',
  'failed',
  'timed-out',
  'api-refused',
  'api-unreachable',
  'provider-unreachable',
  'store-unreachable',
  'not-yet',
  'grant-broken',
  'grant-expired',
  'grant-withdrawn',
  'interrupted',
  'missed',
  'skipped',
] as const

export type OutcomeName = (typeof outcomes)[number]

export interface Outcome {
  readonly name: OutcomeName
  /** A sentence for the user. */
  readonly detail: string | null
  /** Null: to try again would bring nothing. Else how long to wait at least, 0 where nobody said. */
  readonly retryAfterSeconds: number | null
}

/** What was thrown in a run, or by it, told apart by class and code. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof JobCallError) return ofCall(error)
  if (error instanceof Refusal && error.failure.kind === 'store-unreachable')
    return ofCall(new JobCallError('store-unreachable'))
  if (error instanceof ApiRefusal) return ofAnswer(error)
  if (error instanceof RetryLater)
    return outcome('not-yet', 'It could not be done yet.', error.afterSeconds ?? 0)
  // A job that wraps what it caught tells as much as one that does not.
  if (error instanceof Error && error.cause !== undefined && error.cause !== error) {
    const inner = outcomeOf(error.cause)
    if (inner.name !== 'failed') return inner
  }
  return outcome('failed', 'It failed.')
}

export function outcome(
  name: OutcomeName,
  detail: string | null,
  retryAfterSeconds: number | null = null,
): Outcome {
  return { name, detail, retryAfterSeconds }
}

function ofAnswer({ status, retryAfterSeconds }: ApiRefusal): Outcome {
  return status >= 500 || status === 408 || status === 429
    ? outcome('api-unreachable', 'The API was not available.', retryAfterSeconds ?? 0)
    : outcome('api-refused', `The API refused it (${status}).`)
}

function ofCall({ fault, retryAfterSeconds }: JobCallError): Outcome {
  const known = byFault[fault]
  return outcome(known.name, known.detail, known.retries ? (retryAfterSeconds ?? 0) : null)
}

interface Told {
  readonly name: OutcomeName
  readonly detail: string
  readonly retries?: true
}

const byFault: Readonly<Record<JobCallFault, Told>> = {
  'grant-broken': { name: 'grant-broken', detail: 'The connection is broken. Connect it again.' },
  'grant-expired': {
    name: 'grant-expired',
    detail: 'The connection has run out. Connect it again.',
  },
  'grant-withdrawn': { name: 'grant-withdrawn', detail: 'The connection was withdrawn.' },
  // Begun again by an instance that has the key.
  'grant-unreadable': { name: 'interrupted', detail: 'It was interrupted.', retries: true },
  'provider-unreachable': {
    name: 'provider-unreachable',
    detail: 'The sign-in service could not be reached.',
    retries: true,
  },
  'client-refused': {
    name: 'provider-unreachable',
    detail: 'The sign-in service did not accept this app.',
    retries: true,
  },
  'store-unreachable': {
    name: 'store-unreachable',
    detail: 'The app’s own store could not be reached.',
    retries: true,
  },
  'api-unreachable': {
    name: 'api-unreachable',
    detail: 'The API was not available.',
    retries: true,
  },
  'api-timeout': {
    name: 'api-unreachable',
    detail: 'The API did not answer in time.',
    retries: true,
  },
  stopped: { name: 'interrupted', detail: 'It was interrupted.' },
  'not-the-api': { name: 'failed', detail: 'It failed.' },
}
