import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

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
): MiddlewareHandler {
  const self = "'self'"
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: [self],
      styleSrc: [self],
      imgSrc: [self, 'data:'],
      fontSrc: [self],
      connectSrc: [self],
      manifestSrc: [self],
      baseUri: ["'none'"],
      formAction: [self, () => originsOf(issuer, endSessionOrigin)],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
    },
    // Not `no-referrer`: with that a browser sends `Origin: null` with a form of our own.
    referrerPolicy: 'same-origin',
    strictTransportSecurity: publicUrl.protocol === 'https:' ? 'max-age=31536000' : false,
    xFrameOptions: 'DENY',
    xXssProtection: false,
    xDownloadOptions: false,
    xDnsPrefetchControl: false,
    xPermittedCrossDomainPolicies: false,
    crossOriginResourcePolicy: 'same-origin',
    crossOriginOpenerPolicy: 'same-origin',
    // A page of our own, such as the callback's, may set a stricter policy than the app's.
    overwrite: false,
  })
}

/**
 * Lets a page of the provider's frame the answer, which no other answer of ours allows. Stands before
 * {@link securityHeaders}, and so has the last word.
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
