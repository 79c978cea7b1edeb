import type { Clock } from '../base/clock.ts'
import type { DpopNonces } from '../base/dpop-nonces.ts'
import { dpopProof } from '../base/dpop-proof.ts'
import type { NarrowToken } from './token-set.ts'

/** An access token with the key that it is bound to, if it is bound to one. */
export type CallToken = Pick<NarrowToken, 'accessToken' | 'dpopKey'>

export interface ProofParts {
  readonly nonces: DpopNonces
  readonly clock: Clock
}

/** The `Authorization` of a call with this token: `DPoP` where it is bound to a key (RFC 9449 §7.1), `Bearer` where it is not (RFC 6750 §2.1). */
export function authorizationOf({ accessToken, dpopKey }: CallToken): string {
  return dpopKey === undefined ? `Bearer ${accessToken}` : `DPoP ${accessToken}`
}

/** What goes along as `DPoP`, made anew each time that the call is sent; null for a token that is bound to no key. */
export function proofOf(
  { accessToken, dpopKey }: CallToken,
  call: { readonly method: string; readonly origin: string; readonly path: string },
  { clock, nonces }: ProofParts,
): string | null {
  if (dpopKey === undefined) return null
  const { method, origin, path } = call
  const request = { method, url: origin + path, accessToken, nonce: nonces.of(origin) }
  return dpopProof(dpopKey, request, clock.now())
}

/**
 * Whether an API refuses a call for want of its nonce alone (RFC 9449 §9). It has done nothing then, so that the call may be made
 * again; the nonce is known from now on.
 *
 * @param header  gives a header of the answer by its name in lower case
 */
export function wantsNonce(
  origin: string,
  status: number,
  header: (name: 'dpop-nonce' | 'www-authenticate') => string | null | undefined,
  nonces: DpopNonces,
): boolean {
  const isKnown = nonces.learn(origin, header('dpop-nonce'))
  return isKnown && status === 401 && asksForNonce.test(header('www-authenticate') ?? '')
}

const asksForNonce = /\bDPoP\b.*\berror\s*=\s*"?use_dpop_nonce\b/i

/**
 * `fetch` with this token: it says who calls, proves it where the token is bound to a key, and sends the request once more where only
 * a nonce was wanting. A body that is a stream is sent once.
 *
 * For whatever is asked with a user's access token: userinfo, an API that a job calls.
 */
export function fetchWithToken(
  fetchNow: typeof fetch,
  token: CallToken,
  parts: ProofParts,
): (url: string, init?: RequestInit) => Promise<Response> {
  return async function fetchWithToken(url, init = {}) {
    const { origin, pathname: path } = new URL(url)
    const method = new Request(url, { method: init.method ?? 'GET' }).method
    const send = () => {
      const headers = new Headers(init.headers)
      headers.set('Authorization', authorizationOf(token))
      headers.delete('DPoP')
      const proof = proofOf(token, { method, origin, path }, parts)
      if (proof !== null) headers.set('DPoP', proof)
      return fetchNow(url, { ...init, headers })
    }
    const answer = await send()
    if (token.dpopKey === undefined) return answer
    const nonceWanted = wantsNonce(
      origin,
      answer.status,
      (name) => answer.headers.get(name),
      parts.nonces,
    )
    if (!nonceWanted || init.body instanceof ReadableStream) return answer
    await answer.body?.cancel().catch(() => {})
    const second = await send()
    parts.nonces.learn(origin, second.headers.get('dpop-nonce'))
    return second
  }
}
