import type { MiddlewareHandler } from 'hono'
import type { SessionEnd } from '../base/failure.ts'
import type { Store } from '../keyvalue/store.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionVariables } from '../session/load-session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { Session } from '../session/session.ts'
import type { Successors } from './successors.ts'
import { revokePredecessors, revokeTokens, type RevokeParts } from './revoke-tokens.ts'

export interface RevokeEndedParts extends RevokeParts {
  readonly store: Store
  readonly successors: Successors
  readonly index: SessionIndex
  readonly ended: EndedSessions
}

/** Ends at which nobody held the tokens in hand. At the others they were revoked, refused, or must live on. */
const unrevoked: ReadonlySet<SessionEnd> = new Set([
  'idle',
  'absolute',
  'signed-out-elsewhere',
  'signed-out-at-provider',
])

/** Where its only token has expired there is left what it replaced. */
function isToBeRevoked(end: SessionEnd): boolean {
  return unrevoked.has(end) || end === 'token-expired'
}

const byAge: ReadonlySet<SessionEnd> = new Set(['idle', 'absolute', 'token-expired'])

const onceSeconds = 86_400

/**
 * A session that ended while its cookie was away takes its tokens along when the cookie shows up: only the cookie holds
 * them, and a refresh token may live for weeks at the provider.
 */
export function revokeEnded(
  parts: RevokeEndedParts,
): MiddlewareHandler<{ Variables: SessionVariables }> {
  return function revokeEnded(c, next) {
    const lookup = c.get('lookup')
    if (lookup.state === 'ended' && lookup.session !== null && isToBeRevoked(lookup.end)) {
      // Nobody waits for it, and a copy of the cookie that comes again and again does it once.
      revokeOnce(parts, lookup.session, lookup.end).catch(() => {})
    }
    return next()
  }
}

async function revokeOnce(
  parts: RevokeEndedParts,
  session: Session,
  end: SessionEnd,
): Promise<void> {
  if (byAge.has(end) && (await hadEndedBefore(parts, session))) return
  if (end === 'idle' && (await isUsedElsewhere(parts, session))) return
  const key = `revoked/${session.sid}`
  if (!(await parts.store.keyValue.replace(key, null, 'once', onceSeconds))) return
  if (end === 'token-expired') return revokePredecessors(parts, session)
  await revokeTokens(parts, await parts.successors.newest(session))
}

/**
 * A cookie is judged by its age first. One whose session had ended before says no more than that it is old: its tokens were revoked
 * then, or are now those that a living session replaced.
 */
async function hadEndedBefore({ ended }: RevokeEndedParts, session: Session): Promise<boolean> {
  const end = await ended.surelyEndOf(session)
  return end !== null && !unrevoked.has(end)
}

/** It is a copy that has idled, not the session: its tokens are not the copy's to take along. */
async function isUsedElsewhere(
  { index, successors }: RevokeEndedParts,
  session: Session,
): Promise<boolean> {
  const living = await index.of(session.sub)
  return living.some(({ sid }) => sid === session.sid) || successors.isSpent(session)
}
