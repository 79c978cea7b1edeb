import type { CallFailure, SessionList } from '@strongroom/client'
import { queryOptions } from '@tanstack/react-query'
import { bff } from './bff.ts'
import { valueOrThrow } from './call-error.ts'

/** One of the user's own sessions, on this device or another. */
export type ListedSession = SessionList['sessions'][number]

const everyMilliseconds = 30_000

/**
 * The one that this page is in first, then the others as the server orders them.
 *
 * @param sub  whose sessions; part of the key, so that one user's list is never shown to another
 */
export function sessionsQuery(sub: string) {
  return queryOptions({
    queryKey: ['sessions', sub],
    queryFn: async ({ signal }): Promise<readonly ListedSession[]> =>
      valueOrThrow(await bff.sessions({ signal, background: true })).sessions.toSorted(
        (a, b) => Number(b.current) - Number(a.current),
      ),
    refetchInterval: everyMilliseconds,
    refetchOnWindowFocus: 'always',
  })
}

/** Ends one of them. One that has already ended is what was wanted. */
export async function endSession(id: string): Promise<void> {
  const answer = await bff.endSession(id)
  if (!answer.ok && isGone(answer.error)) return
  valueOrThrow(answer)
}

function isGone(failure: CallFailure): boolean {
  return failure.kind === 'problem' && failure.problem.code === 'not_found'
}
