import { toldOfSeconds, type OfflineGrant } from '../offline/offline-grant.ts'
import type { Consent } from './job-state.ts'

/** What of a grant a job's state is bound to. */
export function consentOf({ connection, expiresAt, sub }: OfflineGrant): Consent {
  return { sub, connection, keptUntil: expiresAt + toldOfSeconds }
}
