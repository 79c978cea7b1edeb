import { randomUUID } from 'node:crypto'
import { err, type Result } from '@strongroom/client'
import type { ProviderFailure, SignInFailure } from '../base/failure.ts'
import { patiently } from '../provider/patiently.ts'
import type { IdentityProvider, SignIn } from '../provider/provider.ts'
import type { TokenSet } from '../provider/token-set.ts'
import { revokeTokens, type RevokeParts } from './revoke-tokens.ts'

export interface RedeemCodeParts extends RevokeParts {
  readonly provider: IdentityProvider
}

/**
 * Trades the answer of a sign-in for tokens, as long as a person waits. Tokens that do not hold up are revoked: nobody will use them
 * but who has stolen them. That is waited for, as some providers withdraw every grant of a user along with one token, that of the
 * next try too. An outage refuses nothing, and revokes nothing.
 */
export async function redeemCode(
  parts: RedeemCodeParts,
  ...attempt: Parameters<IdentityProvider['exchangeCode']>
): Promise<Result<SignIn, SignInFailure | ProviderFailure>> {
  const redeemed = await patiently(parts.provider.exchangeCode(...attempt))
  if (redeemed.ok) return redeemed
  const { error } = redeemed
  if (!('failure' in error)) return err(error)
  if (error.refused !== null) await giveBack(parts, error.refused)
  return err(error.failure)
}

/** Revokes tokens that nobody will use. Fails nobody, and takes no longer than a sign-out. */
export async function giveBack(parts: RevokeParts, tokens: TokenSet): Promise<void> {
  await revokeTokens(parts, { sid: randomUUID(), tokens }).catch(() => {})
}
