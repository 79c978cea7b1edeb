import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() })

/** The keys of an OpenID provider, found by discovery when the first token comes, and kept from then on. */
export function issuerKeys(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | null = null

  async function discover(): Promise<JWTVerifyGetKey> {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(5000),
    })
    const metadata = metadataSchema.parse(await response.json())
    if (metadata.issuer !== issuer) throw new Error(`${issuer} calls itself ${metadata.issuer}`)
    // Never stale: only a `kid` that is not among the kept keys makes it ask again.
    return createRemoteJWKSet(new URL(metadata.jwks_uri), { cacheMaxAge: Infinity })
  }

  return async function findKey(header, token) {
    found ??= discover()
    try {
      return await (
        await found
      )(header, token)
    } catch (error) {
      if (!isTokenFault(error)) found = null
      throw error
    }
  }
}

const tokenFaults = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

/** Whether the token is to blame. If not, the keys could not be had. */
export function isTokenFault(error: unknown): boolean {
  return tokenFaults.some((fault) => error instanceof fault)
}
