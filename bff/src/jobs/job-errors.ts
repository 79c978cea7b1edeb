import type { GrantFailure, StoreFailure } from '../base/failure.ts'

/** Why a call of a job brought no answer. */
export type JobCallFault =
  | GrantFailure['kind']
  | StoreFailure['kind']
  | 'api-unreachable'
  | 'api-timeout'
  /** The run is to stop: nothing goes out any more. */
  | 'stopped'
  /** It would have gone somewhere else than to the API. */
  | 'not-the-api'

/** A call of a job brought no answer. The message names no address and no token. */
export class JobCallError extends Error {
  override readonly name = 'JobCallError'
  readonly fault: JobCallFault
  readonly retryAfterSeconds: number | null

  constructor(fault: JobCallFault, cause?: unknown, retryAfterSeconds: number | null = null) {
    super(fault, { cause })
    this.fault = fault
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The API answered with 400 or above. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number
  readonly retryAfterSeconds: number | null

  constructor(status: number, retryAfterSeconds: number | null) {
    super(`the API answered with ${status}`)
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/**
 * To be thrown by a job whose work can't be done yet, though nothing failed.
 *
 * @example throw new RetryLater({ afterSeconds: 300 })
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly afterSeconds: number | null

  constructor({ afterSeconds = null }: { readonly afterSeconds?: number | null } = {}) {
    super('not yet')
    this.afterSeconds = afterSeconds
  }
}

/**
 * Gives a good answer, and throws an {@link ApiRefusal} of any other: 5xx, 408 and 429 are then tried again later, the others not.
 *
 * @example const notes = await (await expectOk(call('/notes'))).json()
 */
export async function expectOk(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer
  if (response.ok) return response
  await response.body?.cancel().catch(() => {})
  throw new ApiRefusal(response.status, retryAfterSecondsOf(response))
}

function retryAfterSecondsOf({ headers }: Response): number | null {
  const said = headers.get('Retry-After')
  return said !== null && /^\d{1,6}$/.test(said) ? Number(said) : null
}
