import { revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'
import type { Revocation } from '@strongroom/client'
import type { OfflineGrant } from './offline-grant.ts'

/**
 * Revokes the tokens of a grant that is no longer kept. What the provider can't be told now goes to the outbox.
 *
 * @returns what became of the refresh token, which is what the grant lives on
 */
export async function revokeGrant(
  parts: RevokeParts,
  { connection, refreshToken, token }: OfflineGrant,
): Promise<Revocation> {
  if (token === null) return 'none'
  const tokens = { ...token, refreshToken, idToken: null, scopes: [] }
  return (await revokeTokens(parts, { sid: connection, tokens })).refreshToken
}
