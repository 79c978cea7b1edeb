import type { Revocation } from '@strongroom/client'
import type { IdentityProvider } from '../provider/provider.ts'
import type { PendingToken } from '../tokens/queued-revocation.ts'
import { revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'
import type { OfflineGrant } from './offline-grant.ts'
import type { TokenAnswers } from './token-answers.ts'

export interface RevokeGrantParts extends RevokeParts {
  readonly provider: IdentityProvider
  readonly answers: TokenAnswers
}

/**
 * Revokes the tokens of a grant that is no longer kept. What the provider can't be told now goes to the outbox.
 *
 * @returns what became of the refresh token, which is what the grant lives on
 */
export async function revokeGrant(
  parts: RevokeGrantParts,
  grant: OfflineGrant,
): Promise<Revocation> {
  const { connection, refreshToken, token } = grant
  // A request may take as long as the provider likes.
  revokeUnclaimed(parts, grant).catch(() => {})
  if (token === null) return 'none'
  const tokens = { ...token, refreshToken, idToken: null, scopes: [] }
  return (await revokeTokens(parts, { sid: connection, tokens })).refreshToken
}

/**
 * Has the tokens of a grant revoked though nobody gets to it any more: to be called before it is taken out of the store, which
 * is the only place that knows them.
 *
 * @returns what lets go of them once they are revoked
 */
export async function holdGrant(
  { outbox }: RevokeGrantParts,
  { connection, refreshToken, token }: OfflineGrant,
): Promise<(() => Promise<void>) | null> {
  if (token === null || refreshToken === null) return null
  const { accessToken, expiresAt } = token
  const tokens: PendingToken[] = [
    { kind: 'refresh', token: refreshToken },
    { kind: 'access', token: accessToken, expiresAt },
  ]
  return outbox.hold({ sid: connection, tokens, refreshTokenRevoked: false })
}

/** A refresh may be under way, here or by a process that has died: nobody will take in what it brings. */
async function revokeUnclaimed(parts: RevokeGrantParts, grant: OfflineGrant): Promise<void> {
  const { answers, provider } = parts
  const { connection, refreshToken, scopes, spending, sub } = grant
  if (spending === null || refreshToken === null) return
  const answer = await answers.found(spending.attempt)
  if (answer === null) return
  const consent = { resource: null, fetch: answer }
  const brought = await provider.refresh({ refreshToken, idToken: null, scopes }, sub, consent)
  if (brought.ok) await revokeTokens(parts, { sid: connection, tokens: brought.value })
  await answers.forget(spending.attempt)
}
