import { ProblemError } from '../call-failure.ts'
import type { BrowserSession } from '../browser-session.ts'
import { knownView, mayResume } from '../session-state.ts'

const mostRetries = 2

/** A `QueryClient`, or whatever else is to be emptied. */
export interface Clearable {
  clear(): void
}

/**
 * The retry rule for a `QueryClient`: the client has waited already for what passes, and what Strongroom or the API
 * decided stays decided, so only a call without an answer is worth another try.
 *
 * @example new QueryClient({ defaultOptions: { queries: { retry: retryUnanswered } } })
 */
export function retryUnanswered(failures: number, error: Error): boolean {
  const answered = error instanceof ProblemError && error.failure.kind !== 'no-answer'
  return !answered && failures < mostRetries
}

/**
 * Empties the caches when the page's user is another one, or has signed out, here or elsewhere. Nothing is taken away when a
 * session ends by itself: the same user may resume.
 *
 * @returns stops following
 */
export function clearOnUserChange(queries: Clearable, session: BrowserSession): () => void {
  let owner = ownerOf(session)
  return session.subscribe(() => {
    const next = ownerOf(session)
    if (next === owner) return
    const hadOne = owner !== null
    owner = next
    if (hadOne) queries.clear()
  })
}

function ownerOf(session: BrowserSession): string | null {
  const state = session.getSnapshot()
  const isKept = state.status !== 'ended' || mayResume(state)
  return isKept ? (knownView(state)?.session.owner ?? null) : null
}
