import { jwtVerify, type JWTPayload } from 'jose'
import { anyTimeSeconds } from './check-times.ts'
import type { Discovered } from './discovery.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'

export interface VerifiedJwt {
  readonly claims: JWTPayload
  /** What it is signed with. */
  readonly algorithm: string
  /** What it says that it is (`typ` of its header). */
  readonly type: unknown
}

/**
 * Checks what every JWT of the provider must hold: a signature of one of its keys with a pinned algorithm, its issuer to
 * the letter, and us as the party that it was made for. Its times are for `checkTimes`, which comes last: a token about
 * somebody else must not pass for one that is merely late.
 *
 * Throws jose's errors and {@link UntrustedAnswer}.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core §3.1.3.7}
 */
export async function verifyJwt(token: string, known: Discovered): Promise<VerifiedJwt> {
  const { payload, protectedHeader } = await jwtVerify(token, known.keys, {
    issuer: known.issuer,
    audience: known.clientId,
    algorithms: [...known.algorithms],
    clockTolerance: anyTimeSeconds,
  })
  checkParties(payload, known)
  return { claims: payload, algorithm: protectedHeader.alg, type: protectedHeader.typ }
}

/** Whoever else it was made for could use it against us, unless they are trusted (steps 3 and 5). */
function checkParties(
  { aud, azp }: JWTPayload,
  { clientId, trustedAudiences }: Pick<Discovered, 'clientId' | 'trustedAudiences'>,
): void {
  const audiences = [aud].flat()
  const trusted = new Set<unknown>([clientId, ...trustedAudiences])
  if (!audiences.every((audience) => trusted.has(audience))) {
    throw new UntrustedAnswer('made for others too, who are not trusted', 'aud')
  }
  if (azp !== undefined && azp !== clientId) {
    throw new UntrustedAnswer('asked for by another party', 'azp')
  }
}
