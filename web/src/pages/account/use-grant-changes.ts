import type { Revocation } from '@strongroom/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { grantsQuery, runGrant, withdrawGrant } from '../../api/grants.ts'

/** Has it run now. The list then shows how far it is. */
export function useRunGrant(sub: string, onStarted: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationKey: ['run-grant'],
    mutationFn: runGrant,
    onSuccess: onStarted,
    onSettled: () => client.invalidateQueries({ queryKey: grantsQuery(sub).queryKey }),
  })
}

export function useWithdrawGrant(sub: string, onWithdrawn: (outcome: Revocation) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationKey: ['withdraw-grant'],
    mutationFn: withdrawGrant,
    onSuccess: onWithdrawn,
    onSettled: () => client.invalidateQueries({ queryKey: grantsQuery(sub).queryKey }),
  })
}
