import { PlainError } from '../base/plain-error.ts'
import type { ServerMetadata } from 'openid-client'

/** No I/O. */

/** What a discovery document says can't be worked with, or must not be. */
class UntrustedMetadata extends PlainError {
  override readonly name = 'UntrustedMetadata'
}

const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const optional = [
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
  'pushed_authorization_request_endpoint',
] as const

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
  for (const [name, value] of Object.entries(server.mtls_endpoint_aliases ?? {}))
    checkEndpoint(`mtls_endpoint_aliases.${name}`, value, allowed)
}

/** To the letter: a slash at the end makes another issuer. */
export function checkIssuer(named: unknown, issuer: string): void {
  if (named === issuer) return
  throw new UntrustedMetadata(
    `the discovery document speaks for the issuer ${told(named)}, not for ${told(issuer)}`,
  )
}

/** Browsers are sent to some of these: never to a `javascript:` or `data:` URL. The others get secrets: never in the clear. */
function checkEndpoint(name: string, value: unknown, allowed: readonly string[]): void {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url && allowed.includes(url.protocol)) return
  throw new UntrustedMetadata(
    `what the discovery document names as ${name} is no ${allowed[0]} URL`,
  )
}

/** An issuer has neither user, query nor fragment (OpenID Connect Discovery §3); what has them may hold a secret. */
function told(issuer: unknown): string {
  const url = typeof issuer === 'string' && issuer.length <= 300 ? URL.parse(issuer) : null
  if (url === null) return 'that is no URL'
  const plain = url.username + url.password + url.search + url.hash === ''
  return plain ? JSON.stringify(issuer) : JSON.stringify(url.origin)
}
