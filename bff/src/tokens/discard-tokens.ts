import { Refusal } from '../base/failure.ts'
import type { TokenSet } from '../provider/token-set.ts'
import type { EndableSession, EndedSessions } from '../session/ended-sessions.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { Predecessors } from './predecessors.ts'
import { giveBack, type RevokeParts } from './revoke-tokens.ts'

export interface DiscardParts extends RevokeParts {
  readonly predecessors: Predecessors
  readonly index: Pick<SessionIndex, 'of'>
  readonly ended: Pick<EndedSessions, 'surelyEndOf'>
}

/** Tokens that nobody will use, and whose they are: null where nobody can be sure. */
export interface Discarded {
  readonly tokens: TokenSet
  readonly sub: string | null
}

/** The session that the attempt began in, if it still lives. */
export type SessionBefore = () => Promise<Pick<EndableSession, 'sid' | 'sub'> | null>

/**
 * Revokes tokens that nobody will use: at once where the user has no session, else at the end of that session, along with its
 * own. Some providers withdraw all that a user has granted along with one token, so any page could sign a user out by a link
 * that asks for more than the provider gives. Fails nobody.
 */
export async function discardTokens(
  parts: DiscardParts,
  discarded: Discarded,
  before: SessionBefore,
): Promise<void> {
  if (parts.revokeAtSignOut === 'neither') return
  try {
    const living = await livingSession(parts, discarded.sub, before)
    if (living === null) await giveBack(parts, discarded.tokens)
    else await parts.predecessors.add(living, discarded.tokens)
  } catch (error) {
    // Without the store nobody can say whether a session would die along: they are left to their own end.
    if (!(error instanceof Refusal)) throw error
  }
}

async function livingSession(
  parts: DiscardParts,
  sub: string | null,
  before: SessionBefore,
): Promise<Pick<EndableSession, 'sid'> | null> {
  const session = await before()
  if (session !== null && (sub === null || sub === session.sub)) return session
  return sub === null ? null : anySessionOf(parts, sub)
}

/** In this browser, too: who comes by a link on another site's page comes without the session's cookie. */
async function anySessionOf(
  { index, ended }: DiscardParts,
  sub: string,
): Promise<Pick<EndableSession, 'sid'> | null> {
  for (const { sid, providerSid, startedAt } of await index.of(sub)) {
    // The last moment of that second: rather living than over.
    const startedAtMilliseconds = startedAt * 1000 + 999
    const end = await ended.surelyEndOf({ sid, sub, providerSid, startedAtMilliseconds })
    if (end === null) return { sid }
  }
  return null
}
