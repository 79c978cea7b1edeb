import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { readSession } from '../api/bff.ts'
import { nextSession, type Session } from './session.ts'

const queryKey = ['session'] as const

export const sessionQuery = queryOptions({
  queryKey,
  queryFn: async ({ client, signal }): Promise<Session> => {
    const view = await readSession(signal)
    return nextSession(client.getQueryData<Session>(queryKey), view)
  },
  staleTime: 5_000,
  refetchOnWindowFocus: 'always',
})

/** Puts the session away, and with it everything else that was told about its user. */
export async function closeSession(
  client: QueryClient,
  status: 'ended' | 'signed-out',
): Promise<void> {
  // An answer that is still on its way was made before the end and would bring the session back.
  await client.cancelQueries({ queryKey })
  client.setQueryData<Session>(queryKey, { status })
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== queryKey[0] })
}
