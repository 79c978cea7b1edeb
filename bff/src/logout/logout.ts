import type { LogoutAnswer } from '@strongroom/client'
import type { Handler } from 'hono'
import { localReturnTo } from '../base/return-to.ts'
import type { SenderVariables } from '../base/sender.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { askedReturnTo } from './asked-return-to.ts'
import { endSessionUrl, handOver, type HandOverParts } from './hand-over.ts'
import { signOut, type SignOutParts } from './sign-out.ts'

export interface LogoutParts extends HandOverParts, SignOutParts {
  readonly publicUrl: URL
  readonly reservedPaths: readonly string[]
  readonly provider: IdentityProvider
}

/**
 * `POST /auth/logout`: the session is over here first and whatever the provider does, then the tokens are revoked, then
 * the browser is told where the provider's own session ends. `return_to` says where the way is to end.
 */
export function logout(parts: LogoutParts): Handler<{ Variables: SenderVariables }> {
  return async function logout(c) {
    const { somebody, idToken, receipt } = await signOut(c, parts)
    const returnTo = localReturnTo(await askedReturnTo(c), parts.publicUrl, parts.reservedPaths)
    // Script must not see the ID token, so only a navigation gets a URL with the hint.
    if (c.var.sender === 'form') {
      return somebody ? handOver(c, parts, idToken, returnTo) : c.redirect(returnTo, 303)
    }
    const continueAt = somebody ? await endSessionUrl(parts, null, returnTo) : null
    return c.json({
      location: continueAt?.href ?? returnTo,
      receipt: { ...receipt, providerSession: continueAt ? 'continue-at-location' : 'unsupported' },
    } satisfies LogoutAnswer)
  }
}
