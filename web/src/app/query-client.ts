import { MutationCache, QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { apiKey } from '../api/call-api.ts'
import { saysSessionEnded } from '../api/call-error.ts'
import { closeSession, sessionQuery } from '../session/session-query.ts'

/** Longer than a refresh in the background takes, so that its outcome is seen soon after the call that caused it. */
const secondLookMilliseconds = 1_200

export function createQueryClient(): QueryClient {
  let secondLook: ReturnType<typeof setTimeout> | undefined

  function afterCall(key: QueryKey | undefined, error: unknown): void {
    if (saysSessionEnded(error)) {
      void closeSession(client, 'ended')
    } else if (key?.[0] === apiKey) {
      lookAtSession()
      clearTimeout(secondLook)
      secondLook = setTimeout(lookAtSession, secondLookMilliseconds)
    }
  }

  function lookAtSession(): void {
    if (client.getQueryData(sessionQuery.queryKey)?.status !== 'signed-in') return
    void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }

  const client = new QueryClient({
    queryCache: new QueryCache({
      onSettled: (_answer, error, query) => afterCall(query.queryKey, error),
    }),
    mutationCache: new MutationCache({
      onSettled: (_answer, error, _variables, _result, mutation) =>
        afterCall(mutation.options.mutationKey, error),
    }),
    defaultOptions: {
      // Calls of the API are the user's doing: nothing is repeated or fetched anew behind their back.
      // `always`: without a network the call fails and says so, where it would otherwise wait in silence.
      queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}
