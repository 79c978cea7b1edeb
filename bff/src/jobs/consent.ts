import type { OfflineGrant } from '../offline/offline-grant.ts'
import type { Consent } from './job-state.ts'

/** How long what was done is still told after its grant is over. */
export const toldOfSeconds = 30 * 86_400

/** What of a grant a job's state is bound to. */
export function consentOf({ connection, expiresAt, sub }: OfflineGrant): Consent {
  return { sub, connection, keptUntil: expiresAt + toldOfSeconds }
}
