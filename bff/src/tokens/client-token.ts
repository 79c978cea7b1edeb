import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'
import type { AccessToken, NarrowToken } from '../provider/token-set.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import type { Session } from '../session/session.ts'
import type { ClientDemand, ClientTokens } from './client-tokens.ts'
import {
  goWithoutToken,
  goWithSession,
  usable,
  type FreshTokenParts,
  type TokenVariables,
} from './fresh-token.ts'
import { tooYoungToRenewSeconds } from './renewal.ts'

/** Whose calls may go out in the app's own name. */
export type ClientTokenCallers = 'signed-in' | 'anybody'

export interface ClientTokenParts extends FreshTokenParts {
  readonly clientTokens: ClientTokens
}

/**
 * Sets an access token of the client's own, the same for all. It opens to each caller what the app may do, so the caller is
 * somebody who is signed in, unless the row says otherwise.
 */
export function clientToken(
  parts: ClientTokenParts,
  demand: ClientDemand,
  callers: ClientTokenCallers,
): MiddlewareHandler<{ Variables: SessionVariables & TokenVariables }> {
  const { clientTokens, clock, tokenChecks } = parts

  async function take(refused?: AccessToken): Promise<NarrowToken> {
    const taken = await clientTokens.take(demand, refused)
    if (!taken.ok) throw new Refusal(taken.error)
    return taken.value
  }

  /**
   * Whose token was taken back may not act with the app's rights either. By default nobody is asked, and whatever the session's own
   * token is worth: nothing of it goes along.
   */
  async function vouchedFor(c: Context, loaded: Session): Promise<Session> {
    if (!tokenChecks.isOn || callers === 'anybody') return loaded
    return (await usable(c, parts, loaded, null)).session
  }

  return async function clientToken(c, next) {
    const lookup = c.get('lookup')
    const loaded = callers === 'anybody' && lookup.state !== 'live' ? null : liveSession(lookup)
    const session = loaded && (await vouchedFor(c, loaded))
    const token = await take()
    goWithoutToken(c)
    c.set('callToken', token)
    c.set('renewCallToken', async () =>
      clock.now() < token.issuedAt + tooYoungToRenewSeconds ? null : take(token.accessToken),
    )
    if (loaded !== null && session !== null)
      goWithSession(c, parts, loaded.generation, () => session)
    return next()
  }
}
