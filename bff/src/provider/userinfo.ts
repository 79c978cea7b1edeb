import { PlainError } from '../base/plain-error.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { decryptJwt } from './decrypt-jwt.ts'
import type { Discovered } from './discovery.ts'
import { endpointFor } from './endpoint-for.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { fetchWithToken, type CallToken, type ProofParts } from './token-authorization.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import { verifyJwt } from './verify-jwt.ts'

const timeoutSeconds = 3

type UserinfoSettings = Pick<
  ProviderSettings,
  'fetch' | 'clientCertificate' | 'decryptionKeys' | 'encryptedAnswers'
>

export interface UserinfoParts extends ProofParts {
  readonly settings: UserinfoSettings
}

export type UserinfoClaims = Readonly<Record<string, unknown>>

/** The access token stands for another user than the one it came for (§5.3.2). */
export class AnotherUser extends UntrustedAnswer {
  override readonly name = 'AnotherUser'
}

/** Userinfo says that the access token is good no more (RFC 6750 §3.1, `invalid_token`). */
export class TokenRefused extends PlainError {
  override readonly name = 'TokenRefused'
}

/**
 * What the provider tells about the user who an access token stands for (OpenID Connect Core §5.3): as JSON, which is worth
 * what the connection is worth, or signed (§5.3.2), which then must be signed by the provider, by name, for us.
 *
 * Throws {@link AnotherUser} when it is about another user, {@link TokenRefused} when the token is over, and others when there
 * is no answer to be had, or none that says whom it is about, as each must.
 */
export async function fetchUserinfo(
  parts: UserinfoParts,
  known: Discovered,
  token: CallToken,
  sub: string,
): Promise<UserinfoClaims> {
  const { settings } = parts
  const endpoint = endpointFor(known.server, 'userinfo_endpoint', settings)
  if (endpoint === undefined) throw new PlainError('there is no userinfo endpoint')
  const ask = fetchWithToken(boundedFetch(settings.fetch), token, parts)
  const response = await ask(endpoint, {
    headers: { Accept: 'application/json, application/jwt' },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  })
  if (isRefusal(response)) throw new TokenRefused('userinfo refuses the access token')
  if (response.status !== 200) throw new PlainError(`userinfo answered ${response.status}`)
  const claims = await claimsOf(response, known, settings)
  // An answer of somebody before the endpoint, or an error that is called 200: about nobody, so not about another either.
  if ((claims['sub'] ?? '') === '')
    throw new PlainError('userinfo does not say whom it is about (sub)')
  if (claims['sub'] !== sub) throw new AnotherUser('userinfo is about another user (sub)')
  return { ...claims }
}

async function claimsOf(
  response: Response,
  known: Discovered,
  settings: UserinfoSettings,
): Promise<UserinfoClaims> {
  const type = response.headers.get('Content-Type') ?? ''
  if (/^application\/jwt\b/i.test(type)) return signedClaims(await response.text(), known, settings)
  if (!/^application\/json\b/i.test(type))
    throw new PlainError('userinfo did not answer with JSON or a JWT')
  if (settings.encryptedAnswers.includes('userinfo'))
    throw new UntrustedAnswer('userinfo is not encrypted, which was agreed on with the provider')
  const claims: unknown = await response.json()
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new PlainError('userinfo did not answer with claims')
  return claims as UserinfoClaims
}

async function signedClaims(
  jwt: string,
  known: Discovered,
  settings: UserinfoSettings,
): Promise<UserinfoClaims> {
  const signed = await decryptJwt(jwt.trim(), 'userinfo', settings)
  return (await verifyJwt(signed, { ...known, algorithms: known.userinfoAlgorithms })).claims
}

/** Of the token, in so many words: a bare 401 may be about anything. */
function isRefusal({ status, headers }: Response): boolean {
  const challenge = headers.get('WWW-Authenticate') ?? ''
  return status === 401 && /\berror="?invalid_token\b/i.test(challenge)
}
