import type { Revocation, WithdrawnGrant } from '@strongroom/client'
import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import type { GrantJobs } from './grant-jobs.ts'
import type { GrantVault } from './grant-vault.ts'
import type { GrantDefinition, GrantOwner } from './offline-grant.ts'
import { revokeGrant, type RevokeGrantParts } from './revoke-grant.ts'

export interface WithdrawGrantParts extends RevokeGrantParts {
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly vault: GrantVault
  readonly jobs: () => GrantJobs
  readonly telemetry: Telemetry
}

/** `DELETE /auth/grants/{name}`: takes back what the user has allowed. Forgotten here first, whatever the provider says. */
export function withdrawGrant(
  parts: WithdrawGrantParts,
): Handler<{ Variables: SessionVariables }, `${string}/:name`> {
  return async function withdrawGrant(c) {
    const { sub } = liveSession(c.var.lookup)
    const grant = c.req.param('name')
    if (!parts.definitions.has(grant)) throw new Refusal({ kind: 'not-found' })
    const refreshToken = await withdraw(parts, { sub, grant })
    return c.json({ refreshToken } satisfies WithdrawnGrant)
  }
}

/** Every grant of a user, for who signs out everywhere and wants nothing to go on. */
export async function withdrawAll(parts: WithdrawGrantParts, sub: string): Promise<void> {
  for (const grant of parts.definitions.keys()) await withdraw(parts, { sub, grant })
}

async function withdraw(parts: WithdrawGrantParts, owner: GrantOwner): Promise<Revocation> {
  const taken = await parts.vault.take(owner)
  // A run in the middle finds it gone at its next call; the one that runs here is told.
  await parts.jobs().withdrawn(owner)
  if (taken === null) return 'none'
  parts.telemetry.record({
    name: 'grant-withdrawn',
    grant: owner.grant,
    connection: taken.connection,
  })
  return revokeGrant(parts, taken)
}
