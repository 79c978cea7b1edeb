import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/**
 * The headers of every answer. The policy for the page lets scripts, styles and calls come from this origin alone,
 * nothing inline, and no frame around it.
 *
 * @param providerOrigin  where a sign-out by form post is sent on to: browsers hold `form-action` against redirects too
 */
export function securityHeaders(publicUrl: URL, providerOrigin: string): MiddlewareHandler {
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
      formAction: [self, providerOrigin],
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

/** Whatever is said under `/auth` is said to one user at one moment. */
export function noStore(): MiddlewareHandler {
  return async function noStore(c, next) {
    await next()
    c.header('Cache-Control', 'no-store')
  }
}
