import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import type { EndedAtProvider } from '../provider/provider.ts'
import { endAtProvider, type EndAtProviderParts } from './end-at-provider.ts'

export interface FrontchannelLogoutParts extends EndAtProviderParts {
  readonly issuer: URL
}

/** How many names are taken unseen while the store can't be asked which of them mean somebody. */
const mostUnseen = 1000
const longestUnseen = 500

/**
 * `GET /auth/frontchannel-logout`: an iframe of the provider's end-session page says that a session there is over.
 *
 * Our strict cookies do not come along, so the session is found by the provider's name for it. Nothing is signed and anyone
 * may call: who knows the name, which is in no page and no URL of ours, can end that session and do nothing else. An
 * unknown one is answered like a known one, and leaves no trace. While the store can't say which are known, each ends what it
 * may mean: on this instance at once, on the others when the store is back.
 *
 * @see {@link https://openid.net/specs/openid-connect-frontchannel-1_0.html OpenID Connect Front-Channel Logout}
 */
export function frontchannelLogout(parts: FrontchannelLogoutParts): Handler {
  let unseen = 0

  /** @returns null for a name that nobody signed in with */
  async function endedBy(providerSid: string): Promise<EndedAtProvider | null> {
    try {
      const sub = await parts.providerSessions.userOf(providerSid)
      unseen = 0
      return sub === null ? null : { providerSid, sub }
    } catch (error) {
      const fits = unseen < mostUnseen && providerSid.length <= longestUnseen
      if (!isUnreachable(error) || !fits) throw error
      unseen += 1
      return { providerSid, sub: null }
    }
  }

  return async function frontchannelLogout(c) {
    const issuer = URL.parse(single(c.req.queries('iss')) ?? '')
    const providerSid = single(c.req.queries('sid'))
    if (issuer?.href !== parts.issuer.href || !providerSid) {
      throw new Refusal({
        kind: 'malformed-request',
        reason: 'Give iss, which is our provider’s, and sid.',
      })
    }
    const ended = await endedBy(providerSid)
    if (ended !== null) await endAtProvider(parts, ended, 'front')
    return c.html('')
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Refusal && error.failure.kind === 'store-unreachable'
}

function single(values: readonly string[] | undefined): string | null {
  return values?.length === 1 ? (values[0] ?? null) : null
}
