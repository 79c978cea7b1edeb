import type { MiddlewareHandler } from 'hono'
import { isSent } from '../base/incoming.ts'
import { isLoopbackHost } from '../base/loopback.ts'

/** Names and values in turn. */
export type AnswerHeaders = readonly string[]

/**
 * The headers of every answer. The policy for the page lets scripts, styles and calls come from this origin alone,
 * nothing inline, and no frame around it.
 *
 * @param issuer  where a sign-out by form post is sent on to: browsers hold `form-action` against redirects too
 * @param endSessionOrigin  where else it may be sent on to, as soon as that is known
 */
export function securityHeaders(
  publicUrl: URL,
  issuer: URL,
  endSessionOrigin: () => string | null,
): () => AnswerHeaders {
  let origin = endSessionOrigin()
  let made = headersWith(pagePolicy(originsOf(issuer, endSessionOrigin)), publicUrl)
  return function securityHeaders() {
    if (origin !== endSessionOrigin()) {
      origin = endSessionOrigin()
      made = headersWith(pagePolicy(originsOf(issuer, endSessionOrigin)), publicUrl)
    }
    return made
  }
}

/**
 * The headers of what an API answers. Whatever it is, a picture or a page that somebody uploaded, opened by itself it runs
 * nothing in the name of the app's origin.
 */
export function apiHeaders(publicUrl: URL): AnswerHeaders {
  const nothing = ['default-src', 'base-uri', 'form-action', 'frame-ancestors']
  return headersWith(nothing.map((directive) => `${directive} 'none'`).join('; '), publicUrl)
}

function pagePolicy(formTargets: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    `form-action 'self' ${formTargets}`,
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

function headersWith(policy: string, publicUrl: URL): AnswerHeaders {
  const headers = {
    'content-security-policy': policy,
    // Not `no-referrer`: with that a browser sends `Origin: null` with a form of our own.
    'referrer-policy': 'same-origin',
    ...(mustStaySecure(publicUrl) && { 'strict-transport-security': 'max-age=31536000' }),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'origin-agent-cluster': '?1',
  }
  return Object.entries(headers).flat()
}

/** Not of the loopback: a browser would hold every other server on any port of it to that. */
function mustStaySecure({ hostname, protocol }: URL): boolean {
  return protocol === 'https:' && !isLoopbackHost(hostname)
}

/** Sets them where the answer is not on its way yet. A page of our own, such as the callback's, may have set a stricter one. */
export function withHeaders(answerHeaders: () => AnswerHeaders): MiddlewareHandler {
  return async function withHeaders(c, next) {
    await next()
    if (!isSent(c)) setHeaders(c.res, c.get('requestId'), answerHeaders())
  }
}

/** Sets those that an answer does not bear yet. */
export function setHeaders(
  answer: Pick<Response, 'headers'>,
  requestId: string,
  headers: AnswerHeaders,
): void {
  answer.headers.set('x-request-id', requestId)
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? ''
    if (!answer.headers.has(name)) answer.headers.set(name, headers[at + 1] ?? '')
  }
}

/**
 * Lets a page of the provider's frame the answer, which no other answer of ours allows. Stands before
 * {@link withHeaders}, and so has the last word.
 */
export function framedByProvider(
  issuer: URL,
  endSessionOrigin: () => string | null,
): MiddlewareHandler {
  return async function framedByProvider(c, next) {
    await next()
    const origins = originsOf(issuer, endSessionOrigin)
    c.header('Content-Security-Policy', `default-src 'none'; frame-ancestors ${origins}`)
    c.res.headers.delete('X-Frame-Options')
  }
}

/** Where the provider's pages are, as a policy lists them. */
function originsOf({ origin }: URL, endSessionOrigin: () => string | null): string {
  return [...new Set([origin, endSessionOrigin() ?? origin])].join(' ')
}

/** Whatever is said under `/auth` is said to one user at one moment. */
export function noStore(): MiddlewareHandler {
  return async function noStore(c, next) {
    await next()
    c.header('Cache-Control', 'no-store')
  }
}
