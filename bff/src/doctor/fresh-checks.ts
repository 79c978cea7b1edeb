import { randomBytes } from 'node:crypto'
import type { AuthorizationChecks } from '../provider/provider.ts'

/** What one sign-in attempt must bring back. @param now  seconds since the epoch */
export function freshChecks(now: number): AuthorizationChecks {
  const random = () => randomBytes(32).toString('base64url')
  return {
    state: random(),
    nonce: random(),
    codeVerifier: random(),
    startedAt: now,
    maxAgeSeconds: null,
    acrValues: [],
  }
}
