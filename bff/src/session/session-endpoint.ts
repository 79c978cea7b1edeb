import type { ProviderCheck, SessionView } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { refreshDueAt } from '../provider/token-set.ts'
import type { SessionVariables } from './load-session.ts'
import { sessionView } from './session-view.ts'
import type { Session, SessionLimits } from './session.ts'

export interface SessionEndpointParts {
  readonly limits: SessionLimits
  readonly clock: Clock
  /** The newest generation of a session, and whether its token can be renewed at the moment. */
  readonly refresher: {
    newest(session: Session): Promise<Session>
    isDegraded(session: Session): boolean
  }
  /** What the user has to connect again; null where there is nothing of the kind. */
  readonly brokenGrants?: ((sub: string) => Promise<string[]>) | null
}

/** `GET /auth/session`: who is signed in, and until when. Asking never extends anything. */
export function sessionEndpoint({
  limits,
  clock,
  refresher,
  brokenGrants,
}: SessionEndpointParts): Handler<{
  Variables: SessionVariables & { providerCheck?: ProviderCheck }
}> {
  return async function sessionEndpoint(c) {
    const { lookup, providerCheck } = c.var
    const check = providerCheck && { check: providerCheck }
    if (lookup.state !== 'live')
      return c.json({ authenticated: false, ...check } satisfies SessionView)
    const { session: loaded } = lookup
    // A token that is not due has no successor worth looking for.
    const due = clock.now() >= refreshDueAt(loaded.tokens)
    const session = due ? await refresher.newest(loaded) : loaded
    const view = { ...sessionView(session, limits, refresher.isDegraded(session)), ...check }
    // Who is signed in is told though the store can't be asked for more.
    const broken = (await brokenGrants?.(session.sub).catch(() => [])) ?? []
    return c.json(broken.length > 0 ? { ...view, brokenGrants: broken } : view)
  }
}
