import type { EndedState, SignedInState } from '@strongroom/client'
import type { TokenLife } from './token-lives.ts'

export type { TokenLife } from './token-lives.ts'

/** Signed in, degraded or not (`view.session.state` tells), with what the page has seen of the tokens' lives. */
export interface SignedIn {
  readonly status: 'signed-in'
  readonly view: SignedInState['view']
  /** The token lives seen since the page was opened, oldest first; the last is the present one. */
  readonly lives: readonly TokenLife[]
}

export interface SignedOut {
  readonly status: 'signed-out'
}

export type Ended = EndedState
