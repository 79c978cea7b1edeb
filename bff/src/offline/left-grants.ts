import type { GrantHolders } from './grant-holders.ts'
import type { GrantDefinition } from './offline-grant.ts'

export interface LeftGrantsParts {
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly holders: Pick<GrantHolders, 'names' | 'count'>
}

/** For the operator: what users have connected and the configuration has not any more, which may be a slip. */
export async function leftGrants({
  definitions,
  holders,
}: LeftGrantsParts): Promise<readonly string[]> {
  const left = (await holders.names()).filter((name) => !definitions.has(name))
  const counted = left.toSorted().map(async (name) => ({ name, users: await holders.count(name) }))
  return (await Promise.all(counted))
    .filter(({ users }) => users > 0)
    .map(({ name, users }) => text(name, users))
}

function text(name: string, users: number): string {
  const who = users === 1 ? '1 user has' : `${users} users have`
  return `${who} connected the grant ${JSON.stringify(name)}, which is not configured. Nothing is done with it. They see it as no longer offered and can withdraw it; what nobody withdraws is revoked when its time is up. If it was left out by mistake, put it back.`
}
