import type { ServerMetadata } from 'openid-client'

/** No I/O. */

/** What a discovery document says can't be worked with, or must not be. */
export class UntrustedMetadata extends Error {
  override readonly name = 'UntrustedMetadata'
}

const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const optional = ['userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint'] as const

/**
 * Checks a discovery document before anything in it is used. Throws {@link UntrustedMetadata}.
 *
 * @param issuer  as configured; whoever else the document speaks for could have tokens of theirs pass for tokens of ours
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation OpenID Connect Discovery §4.3}
 */
export function checkMetadata(server: ServerMetadata, issuer: string): void {
  checkIssuer(server.issuer, issuer)
  const allowed = issuer.startsWith('http:') ? ['https:', 'http:'] : ['https:']
  for (const name of needed) checkEndpoint(name, server[name], allowed)
  for (const name of optional) {
    if (server[name] !== undefined) checkEndpoint(name, server[name], allowed)
  }
}

/** To the letter: a slash at the end makes another issuer. */
export function checkIssuer(named: unknown, issuer: string): void {
  if (named === issuer) return
  throw new UntrustedMetadata(
    `the discovery document speaks for the issuer ${quoted(named)}, not for ${quoted(issuer)}`,
  )
}

/** Browsers are sent to some of these: never to a `javascript:` or `data:` URL. The others get secrets: never in the clear. */
function checkEndpoint(name: string, value: unknown, allowed: readonly string[]): void {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url && allowed.includes(url.protocol)) return
  throw new UntrustedMetadata(
    `the discovery document names ${quoted(value)} as ${name}, which is no ${allowed[0]} URL`,
  )
}

function quoted(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100)
}
