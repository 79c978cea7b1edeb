import type { HonoRequest, MiddlewareHandler } from 'hono'
import { ConnectRefusal, Refusal } from '../base/failure.ts'

/** Lets in only a browser that is going somewhere. What is refused leaves no trace, and so no cookie. */
export function navigationsOnly(): MiddlewareHandler {
  return async function navigationsOnly(c, next) {
    if (!isNavigation(c.req)) throw new Refusal({ kind: 'not-a-navigation' })
    await next()
  }
}

/** The same for what may be a form as well. */
export function navigationsAndForms(): MiddlewareHandler {
  return async function navigationsAndForms(c, next) {
    if (c.req.method !== 'HEAD' && leadsSomewhere(c.req)) return next()
    throw new Refusal({ kind: 'not-a-navigation' })
  }
}

/**
 * Lets in only who comes from a page of ours or from nowhere, as by a bookmark. A sibling subdomain is the same *site*: its links
 * bring the strict cookies along, and could lead a user who trusts us to a consent that they did not ask for.
 */
export function ownNavigationsOnly(): MiddlewareHandler {
  return async function ownNavigationsOnly(c, next) {
    const site = c.req.header('Sec-Fetch-Site')
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none'
    if (isForeign)
      throw new ConnectRefusal({ kind: 'connect-foreign' }, { grant: null, returnTo: '/' })
    await next()
  }
}

/**
 * Whether the browser is going somewhere, as opposed to a script, a prefetch or an image asking for it. What sends
 * none of these headers counts as a navigation.
 *
 * Hono answers a HEAD by the handler of GET, so a mail scanner that looks at a link would act on it.
 *
 * A sign-in that anything but a navigation could start would leave a cookie for each such request, until the
 * browser sends more cookies than any server takes.
 */
export function isNavigation(request: HonoRequest): boolean {
  return request.method === 'GET' && leadsSomewhere(request)
}

/** The same of a link or a form: whether a person will see the answer. */
export function leadsSomewhere(request: HonoRequest): boolean {
  const saysOtherwise =
    differs(request.header('Sec-Fetch-Mode'), 'navigate') ||
    differs(request.header('Sec-Fetch-Dest'), 'document') ||
    /prefetch|prerender/i.test(request.header('Sec-Purpose') ?? request.header('Purpose') ?? '') ||
    request.header('X-Requested-With') !== undefined
  return !saysOtherwise && !asksForJsonOnly(request.header('Accept') ?? '')
}

function differs(value: string | undefined, expected: string): boolean {
  return value !== undefined && value.toLowerCase() !== expected
}

function asksForJsonOnly(accept: string): boolean {
  return /\bjson\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
}
