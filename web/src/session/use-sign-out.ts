import { ProblemError } from '@strongroom/client'
import { useSignOut as useClientSignOut } from '@strongroom/client/react'

export function useSignOut() {
  const { signOut, pending, failure } = useClientSignOut()
  return {
    mutate: () => void signOut(),
    isPending: pending,
    error: failure && new ProblemError(failure),
  }
}
