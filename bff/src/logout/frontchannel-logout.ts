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
  return async function frontchannelLogout(c) {
    const issuer = URL.parse(single(c.req.queries('iss')) ?? '')
    const providerSid = single(c.req.queries('sid'))
    if (issuer?.href !== parts.issuer.href || !providerSid) {
      throw new Refusal({
        kind: 'malformed-request',
        reason: 'Give iss, which is our provider’s, and sid.',
      })
    }
    const sub = await parts.providerSessions.userOf(providerSid)
    if (sub !== null) await endAtProvider(parts, { providerSid, sub }, 'front')
    return c.html('')
  }
}

function single(values: readonly string[] | undefined): string | null {
  return values?.length === 1 ? (values[0] ?? null) : null
}
