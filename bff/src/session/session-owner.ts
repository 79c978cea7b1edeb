import { ownerHeader } from '@strongroom/client'
import type { MiddlewareHandler } from 'hono'
import { digest } from '../base/digest.ts'
import { Refusal } from '../base/failure.ts'
import { requestHeader } from '../base/incoming.ts'
import type { SessionVariables } from './load-session.ts'
import type { Session } from './session.ts'

const ownerName = ownerHeader.toLowerCase() as Lowercase<string>

/** Names the user to the app: the same through all their sessions, and of no use elsewhere. */
export function ownerOf(session: Pick<Session, 'sub'>): string {
  const reckoned = owners.get(session)
  if (reckoned !== undefined) return reckoned
  const owner = digest(`owner/${session.sub}`).slice(0, 22)
  owners.set(session, owner)
  return owner
}

const owners = new WeakMap<Pick<Session, 'sub'>, string>()

/**
 * Refuses a call of a page that was drawn for somebody else than the session is now. All tabs share one cookie: after another
 * user's sign-in in one of them, what the others still show would be saved, or deleted, in the new user's name.
 */
export function sameOwner(): MiddlewareHandler<{ Variables: SessionVariables }> {
  return function sameOwner(c, next) {
    const drawnFor = requestHeader(c, ownerName)
    const lookup = c.get('lookup')
    if (drawnFor !== undefined && lookup.state === 'live' && ownerOf(lookup.session) !== drawnFor) {
      throw new Refusal({ kind: 'owner-changed' })
    }
    return next()
  }
}
