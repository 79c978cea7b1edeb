import { useMutation, useQueryClient } from '@tanstack/react-query'
import { signOut } from '../api/bff.ts'
import { closeSession } from './session-query.ts'

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationKey: ['sign-out'],
    mutationFn: signOut,
    onSuccess: async ({ location }) => {
      await closeSession(client, 'signed-out')
      window.location.assign(location)
    },
  })
}
