import { ProblemError } from '@strongroom/client'
import { useSession as useSessionState, useStrongroom } from '@strongroom/client/react'
import { useMemo, useSyncExternalStore } from 'react'
import type { Ended, SignedIn, SignedOut } from './session.ts'
import { tokenLives } from './token-lives.ts'

export type SessionState =
  | { readonly status: 'loading' }
  | { readonly status: 'unknown'; readonly error: ProblemError; readonly retry: () => void }
  | SignedOut
  | Ended
  /** `trouble`: the last look at the session failed, and this is what was known before. */
  | (SignedIn & { readonly trouble: ProblemError | null })

/** The client's own state, with what this demo shows beside it. */
export function useSession(): SessionState {
  const session = useStrongroom()
  const state = useSessionState()
  const lives = useSyncExternalStore(tokenLives.subscribe, tokenLives.getSnapshot)
  return useMemo(() => {
    switch (state.status) {
      case 'loading':
        return state.failure
          ? {
              status: 'unknown',
              error: new ProblemError(state.failure),
              retry: () => void session.check(),
            }
          : { status: 'loading' }
      case 'signed-out':
      case 'ended':
        return state
      case 'signed-in':
      case 'degraded': {
        const trouble = state.failure && new ProblemError(state.failure)
        return { status: 'signed-in', view: state.view, lives, trouble }
      }
    }
  }, [session, state, lives])
}
