import { csrfHeader } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'
import { requestHeader, upgradeOf } from '../base/incoming.ts'
import { isForm } from '../base/is-form.ts'
import type { Sender } from '../base/sender.ts'

const csrfName = csrfHeader.name.toLowerCase() as Lowercase<string>

/**
 * Lets in only what a page of our own origin sent, reading requests included: a header of our own, which another
 * origin can't add without a preflight that nobody here approves. What the browser says of the sender is heard as a
 * second opinion, since a sibling subdomain is the same *site* and its requests carry strict cookies.
 *
 * @param admitted  what may come without the header, when the browser vouches that a page of ours sent it
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-browser-based-apps OAuth 2.0 for Browser-Based Applications, BFF: CSRF}
 */
export function csrfGuard(publicUrl: URL, admitted: Admitted = {}): MiddlewareHandler {
  return function csrfGuard(c, next) {
    const ownForm = admitted.forms === true && isOwnForm(c, publicUrl)
    const vouched = ownForm || (admitted.simpleGets === true && isOwnSimpleGet(c, publicUrl))
    const reason = upgradeOf(c)
      ? webSocketRefusal(c, publicUrl, admitted)
      : vouched
        ? null
        : refusalReason(c, publicUrl)
    c.set('sender', (ownForm ? 'form' : 'script') satisfies Sender)
    if (reason !== null) throw new Refusal({ kind: 'csrf', reason })
    return next()
  }
}

/** What can't set headers. */
export interface Admitted {
  /** A form of our own page, whose answer the browser navigates to. */
  readonly forms?: boolean
  /** A `GET` by an EventSource, an image or a download. */
  readonly simpleGets?: boolean
  readonly webSockets?: boolean
}

function refusalReason(c: Context, publicUrl: URL): string | null {
  if (isForeign(c, publicUrl)) return 'The call came from another origin.'
  return requestHeader(c, csrfName) === csrfHeader.value
    ? null
    : `The header ${csrfHeader.name}: ${csrfHeader.value} is missing.`
}

/** What the browser itself says of the sender. A request that says nothing is not foreign. */
function isForeign(c: Context, publicUrl: URL): boolean {
  const site = requestHeader(c, 'sec-fetch-site')
  const origin = requestHeader(c, 'origin')
  return (
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== publicUrl.origin)
  )
}

/**
 * Whether this is a form of our own page being sent, which can carry no header of ours: the browser must vouch for it.
 */
function isOwnForm(c: Context, publicUrl: URL): boolean {
  const vouched =
    requestHeader(c, 'sec-fetch-site') === 'same-origin' ||
    requestHeader(c, 'origin') === publicUrl.origin
  return isForm(requestHeader(c, 'content-type')) && vouched && !isForeign(c, publicUrl)
}

function isOwnSimpleGet(c: Context, publicUrl: URL): boolean {
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
  return reads && requestHeader(c, 'sec-fetch-site') === 'same-origin' && !isForeign(c, publicUrl)
}

/** A WebSocket always names the page that opens it, whatever the page would like to say (RFC 6455 §10.2). */
function webSocketRefusal(c: Context, publicUrl: URL, { webSockets }: Admitted): string | null {
  if (webSockets !== true) return 'No WebSocket is let through here.'
  return requestHeader(c, 'origin') === publicUrl.origin
    ? null
    : 'The WebSocket comes from another origin.'
}
