import type { SignedInView } from './schemas.ts'
import type { Expiring } from './session-state.ts'

/** No I/O. No clock: `now` is passed in, in seconds by the server's clock. */

/** The end that comes first, and from when on the user is warned of it. */
export interface ComingEnd extends Expiring {
  readonly warnAt: number
}

/** @param warnSeconds  how long before; never more than a quarter of the idle time, or the warning would never go away */
export function comingEnd({ session }: SignedInView, warnSeconds: number): ComingEnd {
  const { expiresAt, idleExpiresAt, idleSeconds } = session
  const warning = Math.min(warnSeconds, idleSeconds / 4)
  const reason = idleExpiresAt < expiresAt ? 'idle' : 'absolute'
  const at = Math.min(idleExpiresAt, expiresAt)
  return { at, reason, warnAt: at - warning }
}
