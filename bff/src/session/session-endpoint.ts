import type { SessionView } from '@strongroom/client'
import type { Handler } from 'hono'
import type { SessionVariables } from './load-session.ts'
import { sessionView } from './session-view.ts'
import type { Session, SessionLimits } from './session.ts'

export interface SessionEndpointParts {
  readonly limits: SessionLimits
  /** The newest generation of a session, and whether its token can be renewed at the moment. */
  readonly refresher: {
    newest(session: Session): Promise<Session>
    isDegraded(session: Session): boolean
  }
}

/** `GET /auth/session`: who is signed in, and until when. Writes no cookie, so asking never extends anything. */
export function sessionEndpoint({
  limits,
  refresher,
}: SessionEndpointParts): Handler<{ Variables: SessionVariables }> {
  return async function sessionEndpoint(c) {
    const { lookup } = c.var
    if (lookup.state !== 'live') return c.json({ authenticated: false } satisfies SessionView)
    const session = await refresher.newest(lookup.session)
    return c.json(sessionView(session, limits, refresher.isDegraded(session)))
  }
}
