import type { Revocation, WithdrawnGrant } from '@strongroom/client'
import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import type { GrantJobs } from './grant-jobs.ts'
import type { GrantHolders } from './grant-holders.ts'
import type { GrantVault } from './grant-vault.ts'
import type { GrantDefinition, GrantOwner, OfflineGrant } from './offline-grant.ts'
import { holdGrant, revokeGrant, type RevokeGrantParts } from './revoke-grant.ts'

export interface WithdrawGrantParts extends RevokeGrantParts {
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly vault: GrantVault
  readonly holders: Pick<GrantHolders, 'grantsOf'>
  readonly jobs: () => GrantJobs
  readonly telemetry: Telemetry
}

/**
 * `DELETE /auth/grants/{name}`: takes back what the user has allowed, though it be configured no more. Forgotten here, whatever
 * the provider says.
 */
export function withdrawGrant(
  parts: WithdrawGrantParts,
): Handler<{ Variables: SessionVariables }, `${string}/:name`> {
  return async function withdrawGrant(c) {
    const { sub } = liveSession(c.var.lookup)
    const grant = c.req.param('name')
    if (!parts.definitions.has(grant) && !(await parts.holders.grantsOf(sub)).includes(grant))
      throw new Refusal({ kind: 'not-found' })
    const refreshToken = await withdraw(parts, { sub, grant })
    return c.json({ refreshToken } satisfies WithdrawnGrant)
  }
}

/** Every grant of a user, for who signs out everywhere and wants nothing to go on. */
export async function withdrawAll(parts: WithdrawGrantParts, sub: string): Promise<void> {
  const failures: unknown[] = []
  // What can't be found or taken back at the moment is no reason to leave the others.
  const held = await parts.holders.grantsOf(sub).catch((error: unknown) => {
    failures.push(error)
    return []
  })
  const names = new Set([...parts.definitions.keys(), ...held])
  for (const grant of names)
    await withdraw(parts, { sub, grant }).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function withdraw(parts: WithdrawGrantParts, owner: GrantOwner): Promise<Revocation> {
  const kept = await parts.vault.read(owner)
  // First: whoever dies on the way, or loses the store, has seen to it that the tokens end.
  const letGo = kept && (await holdGrant(parts, kept.grant))
  const taken = await parts.vault.take(owner)
  // A run in the middle finds it gone at its next call; the one that runs here is told.
  const [told] = await Promise.allSettled([parts.jobs().withdrawn(owner)])
  const revocation = taken === null ? 'none' : await end(parts, taken)
  // What is still held after that is revoked twice at worst.
  if (taken !== null && revocation !== 'failed') await letGo?.().catch(() => {})
  if (told.status === 'rejected') throw told.reason
  return revocation
}

function end(parts: WithdrawGrantParts, taken: OfflineGrant): Promise<Revocation> {
  const { connection, grant } = taken
  parts.telemetry.record({ name: 'grant-withdrawn', grant, connection })
  return revokeGrant(parts, taken)
}
