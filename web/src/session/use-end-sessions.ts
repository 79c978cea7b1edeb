import { useMutation, useQueryClient } from '@tanstack/react-query'
import { unwrap } from '@strongroom/client'
import { useStrongroom } from '@strongroom/client/react'
import { endSession, sessionsQuery, type ListedSession } from '../api/sessions.ts'

/** Ends another session of the user's. It leaves the list at once. */
export function useEndSession(sub: string, onEnded: (session: ListedSession) => void) {
  const client = useQueryClient()
  const { queryKey } = sessionsQuery(sub)
  return useMutation({
    mutationKey: ['end-session'],
    mutationFn: ({ id }: ListedSession) => endSession(id),
    onSuccess: async (_nothing, ended) => {
      // An answer that is still on its way was made before the end and would list it again.
      await client.cancelQueries({ queryKey })
      client.setQueryData(queryKey, (sessions) => sessions?.filter(({ id }) => id !== ended.id))
      onEnded(ended)
    },
  })
}

/** Ends them all, and with them the one that this page has. */
export function useEndAllSessions() {
  const session = useStrongroom()
  return useMutation({
    mutationKey: ['end-all-sessions'],
    mutationFn: async () => unwrap(await session.signOutEverywhere()),
    onSuccess: () => {
      // The button that had the focus goes with the session.
      document.getElementById('main')?.focus()
    },
  })
}
