import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { endAtProvider, type EndAtProviderParts } from './end-at-provider.ts'

export interface FrontchannelLogoutParts extends EndAtProviderParts {
  readonly issuer: URL
}

/**
 * `GET /auth/frontchannel-logout`: an iframe of the provider's end-session page says that a session there is over.
 *
 * Our strict cookies do not come along, so the session is found by the provider's name for it. Nothing is signed and anyone
 * may call: who knows the name, which is in no page and no URL of ours, can end that session and do nothing else. An
 * unknown one is answered like a known one, and leaves no trace.
 *
 * @see {@link https://openid.net/specs/openid-connect-frontchannel-1_0.html OpenID Connect Front-Channel Logout}
 */
export function frontchannelLogout(parts: FrontchannelLogoutParts): Handler {
  const endAll = ender(parts)
  return async function frontchannelLogout(c) {
    const issuer = URL.parse(single(c.req.queries('iss')) ?? '')
    const providerSid = single(c.req.queries('sid'))
    if (issuer?.href !== parts.issuer.href || !providerSid) {
      throw new Refusal({
        kind: 'malformed-request',
        reason: 'Give iss, which is our provider’s, and sid.',
      })
    }
    await endAll(providerSid)
    return c.html('')
  }
}

/** While the store is down nobody can say which names are made up: so many are taken in, of such a length at most. */
const mostUnchecked = 1000
const longestUnchecked = 500

/** Ends what came of a session at the provider. Without the store: what this instance can reach, and the rest when it is back. */
function ender(parts: FrontchannelLogoutParts): (providerSid: string) => Promise<void> {
  let unchecked = 0
  return async function endAll(providerSid) {
    try {
      const sub = await parts.providerSessions.userOf(providerSid)
      unchecked = 0
      if (sub !== null) await endAtProvider(parts, { providerSid, sub }, 'front')
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      unchecked += 1
      if (unchecked <= mostUnchecked && providerSid.length <= longestUnchecked) {
        await parts.ended.endProviderSession(providerSid, 'signed-out-at-provider')
      }
      throw error
    }
  }
}

function single(values: readonly string[] | undefined): string | null {
  return values?.length === 1 ? (values[0] ?? null) : null
}
