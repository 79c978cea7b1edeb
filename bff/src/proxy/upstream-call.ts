import type { Result } from '@strongroom/client'
import type { UpstreamFailure } from '../base/failure.ts'

/** One call to an upstream, whichever way it goes. */
export interface UpstreamCall {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  /** Whether the body of the request at hand goes along. */
  readonly hasBody: boolean
  /** How long nothing may move until the answer begins. */
  readonly timeoutSeconds: number
}

/** What came back. The body is ready to be handed on: where the upstream's breaks off, so does it. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
}

/** `client-left`: nobody waits for the answer any more, and nothing is wrong with the upstream. */
export type CallFailure = UpstreamFailure | { readonly kind: 'client-left' }

export type CallOutcome = Result<UpstreamAnswer, CallFailure>
