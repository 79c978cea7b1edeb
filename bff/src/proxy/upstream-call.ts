import type { Result } from '@strongroom/client'
import type { UpstreamFailure } from '../base/failure.ts'
import type { Upgrade } from '../base/incoming.ts'
import type { HeaderRecord, RawHeaders } from './headers.ts'
import type { KeptBody } from './kept-body.ts'

/** One call to an upstream, whichever way it goes. */
export interface UpstreamCall {
  readonly origin: string
  /** Whether we show our certificate to it. */
  readonly clientCertificate: boolean
  /** Path and query, byte for byte as they are to arrive. */
  readonly path: string
  readonly method: string
  readonly headers: RawHeaders
  /** Makes the value of `DPoP`, anew for each try: what was proven once is refused the second time. Null where there is none. */
  readonly proof: (() => string | null) | null
  /** Whether the body of the request at hand goes along. */
  readonly hasBody: boolean
  /** The same body where it may have to go up twice. */
  readonly kept: KeptBody | null
  readonly maxBodyBytes: number
  /** The browser asks for a WebSocket, and this is its connection. */
  readonly upgrade: Upgrade | undefined
  /** How long nothing may move until the answer begins. */
  readonly timeoutSeconds: number
  /** How long nothing may move in the body of the answer. */
  readonly idleSeconds: number
}

/** What came back: a head that can be read, and a body that waits to be handed on. Either of the two functions must be called. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: HeaderRecord
  /**
   * Hands the answer on to the browser with these headers. Where the upstream's body breaks off, so does ours.
   *
   * @param watch  a stream of events is ended, and a WebSocket closed, when the session is over or the server stops
   */
  pass(headers: RawHeaders, watch: Watch): Response
  /** Nobody wants it: another call is made in its place. */
  discard(): void
}

/** Calls back when what is open must end, and says why. @returns stops watching */
export type Watch = (over: (why: Over) => void) => () => void

export type Over = 'session-over' | 'server-stops'

/** `client-left`: nobody waits for the answer any more, and nothing is wrong with the upstream. */
export type CallFailure =
  | UpstreamFailure
  | { readonly kind: 'client-left' }
  | { readonly kind: 'body-too-large' }

export type CallOutcome = Result<UpstreamAnswer, CallFailure>

/** As they go out with one try. */
export function provenHeaders({ headers, proof }: UpstreamCall): RawHeaders {
  const made = proof === null ? null : proof()
  return made === null ? headers : [...headers, 'dpop', made]
}
