import type { Revocation } from '@strongroom/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { grantsQuery, runGrant, withdrawGrant } from '../../api/grants.ts'

/**
 * Has it run now. The list then shows how far it is.
 *
 * @param onAsked  told when the run is asked for, and whether it was taken up
 */
export function useRunGrant(sub: string, onAsked: (taken: boolean) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationKey: ['run-grant'],
    mutationFn: runGrant,
    onMutate: () => onAsked(false),
    onSuccess: () => onAsked(true),
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
