import { MutationCache, QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { apiKey } from '../api/call-api.ts'
import { isSignedIn } from '@strongroom/client'
import { clearOnUserChange } from '@strongroom/client/tanstack-query'
import { session } from '../api/bff.ts'

/** Longer than a refresh in the background takes, so that its outcome is seen soon after the call that caused it. */
const secondLookMilliseconds = 1_200

export function createQueryClient(): QueryClient {
  let secondLook: ReturnType<typeof setTimeout> | undefined

  function afterCall(key: QueryKey | undefined): void {
    if (key?.[0] !== apiKey) return
    lookAtSession()
    clearTimeout(secondLook)
    secondLook = setTimeout(lookAtSession, secondLookMilliseconds)
  }

  function lookAtSession(): void {
    if (isSignedIn(session.getSnapshot())) void session.check()
  }

  const client = new QueryClient({
    queryCache: new QueryCache({
      onSettled: (_answer, _error, query) => afterCall(query.queryKey),
    }),
    mutationCache: new MutationCache({
      onSettled: (_answer, _error, _variables, _result, mutation) =>
        afterCall(mutation.options.mutationKey),
    }),
    defaultOptions: {
      // Calls of the API are the user's doing: nothing is repeated or fetched anew behind their back.
      // `always`: without a network the call fails and says so, where it would otherwise wait in silence.
      queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  clearOnUserChange(client, session)
  return client
}
