import type { GrantVault, KeptGrant } from './grant-vault.ts'
import { holdGrant, revokeGrant, type RevokeGrantParts } from './revoke-grant.ts'

/** Revokes what a grant whose time is up lived on. That it was there is still told. */
export async function endExpired(
  parts: RevokeGrantParts & { readonly vault: Pick<GrantVault, 'change'> },
  kept: KeptGrant,
): Promise<void> {
  const { grant } = kept
  if (grant.refreshToken === null) return
  // First, as then a process that dies on the way has seen to it.
  const letGo = await holdGrant(parts, grant)
  const over = { ...grant, refreshToken: null, token: null, spending: null }
  // Connected anew meanwhile, or ended by another: whoever did it has revoked these.
  if ((await parts.vault.change(kept, over)) !== null) await revokeGrant(parts, grant)
  await letGo?.().catch(() => {})
}
