import type { Context } from 'hono'
import { within } from '../base/within.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import type { IdToken } from '../provider/token-set.ts'
import { patienceSeconds } from '../tokens/revoke-tokens.ts'
import type { SignedOutStates } from './signed-out-states.ts'

export interface EndSessionParts {
  readonly provider: Pick<IdentityProvider, 'endSessionUrl'>
  readonly signedOutStates: SignedOutStates
}

export interface HandOverParts extends EndSessionParts {
  /** A page that posts to the provider what is too long for a URL. */
  readonly handOverPage: (c: Context, endSessionUrl: URL) => Response | Promise<Response>
}

/** What every browser, proxy and provider takes as a URL. An ID token alone may be longer. */
const longestUrl = 2000

/** Where the provider's own session ends, or null when it has no such place or can't be asked in time. */
export function endSessionUrl(
  { provider, signedOutStates }: EndSessionParts,
  idTokenHint: IdToken | null,
  returnTo: string,
): Promise<URL | null> {
  const url = provider.endSessionUrl(idTokenHint, signedOutStates.seal(returnTo))
  return within(patienceSeconds, url, null)
}

/** Sends a navigation on to the provider, with the ID token as a hint if there is one, so that it need not ask who is signing out. */
export async function handOver(
  c: Context,
  parts: HandOverParts,
  idTokenHint: IdToken | null,
  returnTo: string,
): Promise<Response> {
  const url = await endSessionUrl(parts, idTokenHint, returnTo)
  if (url === null) return c.redirect(returnTo, 303)
  if (url.href.length <= longestUrl) return c.redirect(url.href, 303)
  if (isGoingSomewhere(c)) return parts.handOverPage(c, url)
  url.searchParams.delete('id_token_hint')
  return c.redirect(url.href, 303)
}

/** A script can send a form as well, and would read a page where a redirect tells it nothing. These it can't set. */
function isGoingSomewhere({ req }: Context): boolean {
  return req.header('Sec-Fetch-Mode') === 'navigate' && req.header('Sec-Fetch-Dest') === 'document'
}
