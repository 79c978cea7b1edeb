import { err, type Result } from '@strongroom/client'
import type { ProviderFailure, SignInFailure } from '../base/failure.ts'
import { patiently } from '../provider/patiently.ts'
import type { IdentityProvider, SignIn } from '../provider/provider.ts'
import { discardTokens, type DiscardParts, type SessionBefore } from './discard-tokens.ts'

export interface RedeemCodeParts extends DiscardParts {
  readonly provider: IdentityProvider
}

/**
 * Trades the answer of a sign-in for tokens, as long as a person waits. Tokens that do not hold up are revoked: nobody will use them
 * but who has stolen them. That is waited for, as some providers withdraw every grant of a user along with one token, that of the
 * next try too. An outage refuses nothing, and revokes nothing.
 */
export async function redeemCode(
  parts: RedeemCodeParts,
  before: SessionBefore,
  ...attempt: Parameters<IdentityProvider['exchangeCode']>
): Promise<Result<SignIn, SignInFailure | ProviderFailure>> {
  const redeemed = await patiently(parts.provider.exchangeCode(...attempt))
  if (redeemed.ok) return redeemed
  const { error } = redeemed
  if (!('failure' in error)) return err(error)
  const { failure, refused, sub } = error
  if (refused !== null) await discardTokens(parts, { tokens: refused, sub }, before)
  return err(failure)
}
