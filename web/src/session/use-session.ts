import { useQuery } from '@tanstack/react-query'
import type { CallError } from '../api/call-error.ts'
import { sessionQuery } from './session-query.ts'
import type { Ended, SignedIn, SignedOut } from './session.ts'

export type SessionState =
  | { readonly status: 'loading' }
  | { readonly status: 'unknown'; readonly error: CallError; readonly retry: () => void }
  | SignedOut
  | Ended
  /** `trouble`: the last look at the session failed, and this is what was known before. */
  | (SignedIn & { readonly trouble: CallError | null })

export function useSession(): SessionState {
  const { data, error, refetch } = useQuery(sessionQuery)
  if (data?.status === 'signed-in') return { ...data, trouble: error }
  if (data) return data
  if (error) return { status: 'unknown', error, retry: () => void refetch() }
  return { status: 'loading' }
}
