import type { Clock } from '../base/clock.ts'
import { checkTimes } from './check-times.ts'
import { decryptJwt } from './decrypt-jwt.ts'
import type { Discovered } from './discovery.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import { verifyJwt } from './verify-jwt.ts'

export interface AnswerParts {
  readonly settings: ProviderSettings
  readonly discovered: () => Promise<Discovered>
  readonly clock: Clock
}

/**
 * What the authorization endpoint answered. Where a JWT was asked for, nothing else counts, and nothing in it is looked at before its
 * signature, issuer, audience and time: not even the state. Where none was asked for, none counts: whichever way was chosen, an
 * attacker can't choose the other.
 *
 * Throws jose's errors and {@link UntrustedAnswer}.
 *
 * @param query  what the browser brought to the callback; nothing at all is an answer to nothing, in either mode
 * @see {@link https://openid.net/specs/oauth-v2-jarm.html#section-2.4 JARM §2.4}
 */
export async function readAuthorizationAnswer(
  { settings, discovered, clock }: AnswerParts,
  query: URLSearchParams,
): Promise<URLSearchParams> {
  // One in a JWT has no state there, so it belongs to no attempt; beside plain parameters openid-client refuses it.
  if (settings.responseMode === 'query') return query
  const [response, another] = query.getAll('response')
  if (response === undefined) {
    if (isAnswer(query)) throw new UntrustedAnswer('plain, where one in a JWT was asked for')
    return query
  }
  if (another !== undefined) throw new UntrustedAnswer('with two responses')
  const signed = await decryptJwt(response, 'authorization', settings)
  const known = await discovered()
  const { claims } = await verifyJwt(signed, { ...known, algorithms: known.answerAlgorithms })
  const now = clock.now()
  // JARM knows no `iat` (§2.1): how long an answer holds is for the provider to say.
  checkTimes({ iat: now, ...claims }, now, null)
  return new URLSearchParams(Object.entries(claims).filter(isText))
}

/** What an answer of the authorization endpoint has (RFC 6749 §4.1.2). */
function isAnswer(query: URLSearchParams): boolean {
  return ['code', 'state', 'error'].some((name) => query.has(name))
}

/** Its parameters are texts. `aud` and `exp` mean nothing to those who read them. */
function isText(claim: [string, unknown]): claim is [string, string] {
  return typeof claim[1] === 'string' && claim[0] !== 'aud'
}
