import type { SignedInView } from '@strongroom/client'
import { refreshDueAt } from '../provider/token-set.ts'
import { ownerOf } from './session-owner.ts'
import { expiresAt, idleExpiresAt, type Session, type SessionLimits } from './session.ts'

/**
 * What the app may know of its session: never a token, nor a part of one. No I/O.
 *
 * @param degraded  the access token is over and the provider can't be reached
 */
export function sessionView(
  session: Session,
  limits: SessionLimits,
  degraded: boolean,
): SignedInView {
  const { tokens } = session
  return {
    authenticated: true,
    user: { ...session.claims, sub: session.sub },
    session: {
      state: degraded ? 'degraded' : 'active',
      owner: ownerOf(session),
      startedAt: session.startedAt,
      expiresAt: expiresAt(session, limits),
      idleExpiresAt: idleExpiresAt(session, limits),
      idleSeconds: limits.idleSeconds,
      ...(session.authTime === null ? {} : { authTime: session.authTime }),
    },
    token: {
      issuedAt: tokens.issuedAt,
      expiresAt: tokens.expiresAt,
      refreshable: tokens.refreshToken !== null,
      refreshDueAt: refreshDueAt(tokens),
      refreshCount: session.generation,
      scopes: [...tokens.scopes],
    },
  }
}
