import type { Revocation } from '@strongroom/client'
import { within } from '../base/within.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import type { TokenSet } from '../provider/token-set.ts'

/** How long a sign-out waits for each answer of the provider. */
export const patienceSeconds = 2

export interface Revocations {
  readonly refreshToken: Revocation
  readonly accessToken: Revocation
}

/**
 * Revokes both tokens, the refresh token first, since a provider should drop the access token along with it
 * (RFC 7009 §2.1). Fails nobody: what could not be done in time is said.
 */
export async function revokeTokens(
  provider: IdentityProvider,
  tokens: TokenSet,
): Promise<Revocations> {
  const { refreshToken, accessToken } = tokens
  const revoked = within(
    patienceSeconds,
    refreshToken === null
      ? Promise.resolve('none' as const)
      : provider.revoke(refreshToken, 'refresh'),
    'failed' as const,
  )
  return {
    refreshToken: await revoked,
    accessToken: await within(
      patienceSeconds,
      provider.revoke(accessToken, 'access'),
      'failed' as const,
    ),
  }
}
