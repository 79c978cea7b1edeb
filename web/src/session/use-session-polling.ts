import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session-query.ts'

const everyMilliseconds = 5_000

/**
 * Looks at the session again and again while the page is visible. To be used once: each observer would have
 * an interval of its own.
 */
export function useSessionPolling(): void {
  useQuery({
    ...sessionQuery,
    refetchInterval: ({ state }) =>
      state.status === 'error' || state.data?.status === 'signed-in' ? everyMilliseconds : false,
  })
}
