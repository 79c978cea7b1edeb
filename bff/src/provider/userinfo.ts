import { PlainError } from '../base/plain-error.ts'
import type { fetchWithToken } from './token-authorization.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'

const timeoutSeconds = 3

export type UserinfoClaims = Readonly<Record<string, unknown>>

/**
 * What the provider tells about the user who an access token stands for (OpenID Connect Core §5.3). It is not signed, so
 * it is worth what the connection is worth; an answer that is a JWT is not read.
 *
 * Throws {@link UntrustedAnswer} when it is about another user (§5.3.2), and others when there is no answer to be had.
 */
export async function fetchUserinfo(
  endpoint: string,
  sub: string,
  fetchNow: ReturnType<typeof fetchWithToken>,
): Promise<UserinfoClaims> {
  const response = await fetchNow(endpoint, {
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  })
  if (response.status !== 200) throw new PlainError(`userinfo answered ${response.status}`)
  if (!/^application\/json\b/i.test(response.headers.get('Content-Type') ?? '')) {
    throw new PlainError('userinfo did not answer with JSON')
  }
  const claims: unknown = await response.json()
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new PlainError('userinfo did not answer with claims')
  }
  if (!('sub' in claims) || claims.sub !== sub) {
    throw new UntrustedAnswer('userinfo is about another user (sub)')
  }
  return { ...claims }
}
