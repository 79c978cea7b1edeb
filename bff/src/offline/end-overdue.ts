import { endExpired } from './end-expired.ts'
import type { GrantHolder, GrantHolders } from './grant-holders.ts'
import type { GrantVault } from './grant-vault.ts'
import type { RevokeGrantParts } from './revoke-grant.ts'

export interface EndOverdueParts extends RevokeGrantParts {
  readonly vault: GrantVault
  readonly holders: GrantHolders
  readonly now: () => number
}

/** At a time, so that a provider is not asked by a thousand whose time was up at the same moment. */
const mostAtOnce = 50

/** What does not open here may open at another instance. */
const unreadableSeconds = 3600

/** A grant that is over is told of for so long; then there is nothing left to lead to. */
const toldOfSeconds = 31 * 86_400

/** Ends grants whose time is up at the provider, too: those as well that no job uses, and that are not configured any more. */
export async function endOverdue(parts: EndOverdueParts): Promise<void> {
  for (const grant of await parts.holders.names())
    for (const holder of await parts.holders.overdue(grant, mostAtOnce))
      await lookAfter(parts, grant, holder)
}

async function lookAfter(
  parts: EndOverdueParts,
  grant: string,
  holder: GrantHolder,
): Promise<void> {
  const { holders, now, vault } = parts
  const { sub } = holder
  if (sub === null) return holders.postpone(grant, holder, now() + unreadableSeconds)
  const owner = { sub, grant }
  const kept = await vault.read(owner)
  if (kept === null)
    return (await vault.isKept(owner))
      ? holders.postpone(grant, holder, now() + unreadableSeconds)
      : holders.drop(grant, holder)
  const { expiresAt } = kept.grant
  if (now() < expiresAt) return holders.postpone(grant, holder, expiresAt)
  await endExpired(parts, kept)
  await holders.postpone(grant, holder, expiresAt + toldOfSeconds)
}
