import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import {
  errors,
  type AdapterPayload,
  type Configuration,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider'

type JwtCustomizer = NonNullable<
  NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']
>

export interface JwtAccessTokens {
  /** For `formats.customizers.jwt`: remembers to which grant a token belongs. */
  readonly customizer: JwtCustomizer
  /** Makes the revocation and introspection endpoints of `provider` take these tokens. */
  serve(provider: Provider): void
  /** The claims while the token is unexpired, not revoked, and its grant alive. */
  active(token: string): Promise<JWTPayload | null>
  /** The grant that an own token belongs to, dead or alive. */
  grantIdOf(token: string): Promise<string | undefined>
}

interface IssuedToken {
  readonly grantId: string | undefined
  readonly expiresAt: number
  revoked: boolean
}

export interface JwtAccessTokensOptions {
  readonly issuer: string
  readonly publicKeys: JSONWebKeySet
  findGrant(grantId: string): Promise<AdapterPayload | undefined | void>
}

/**
 * Access tokens that are JWTs, and still revocable. oidc-provider keeps no record of a JWT, so it refuses to
 * revoke or introspect one (`unsupported_token_type`); this keeps the record and answers in its place.
 */
export function jwtAccessTokens(options: JwtAccessTokensOptions): JwtAccessTokens {
  const keys = createLocalJWKSet(options.publicKeys)
  const issued = new Map<string, IssuedToken>()

  const customizer: JwtCustomizer = (_ctx, token, parts) => {
    const grantId = 'grantId' in token ? token.grantId : undefined
    forgetExpired(issued)
    issued.set(token.jti, { grantId, expiresAt: Number(parts.payload['exp']), revoked: false })
  }

  async function readOwn(token: string): Promise<JWTPayload | null> {
    try {
      // Expiry is judged later: revoking an expired token is not an error (RFC 7009 §2.2).
      const { payload } = await jwtVerify(token, keys, {
        issuer: options.issuer,
        typ: 'at+jwt',
        algorithms: ['RS256'],
        currentDate: new Date(0),
      })
      return payload
    } catch {
      return null
    }
  }

  async function active(token: string): Promise<JWTPayload | null> {
    const claims = await readOwn(token)
    const record = claims?.jti ? issued.get(claims.jti) : undefined
    if (!claims || !record || record.revoked || record.expiresAt <= nowSeconds()) return null
    return record.grantId && (await options.findGrant(record.grantId)) ? claims : null
  }

  async function revoke(token: string, clientId: string): Promise<boolean> {
    const claims = await readOwn(token)
    if (!claims || claims['client_id'] !== clientId) return false
    const record = issued.get(claims.jti ?? '')
    if (record) record.revoked = true
    return true
  }

  async function introspect(token: string, clientId: string): Promise<Record<string, unknown>> {
    const claims = await active(token)
    const isOwn = claims !== null && claims['client_id'] === clientId
    return isOwn ? { ...claims, active: true, token_type: 'Bearer' } : { active: false }
  }

  return {
    customizer,
    active,
    grantIdOf: async (token) => issued.get((await readOwn(token))?.jti ?? '')?.grantId,
    serve(provider) {
      const refused = new WeakSet<object>()
      const noteRefusal = (ctx: KoaContextWithOIDC, error: Error): void => {
        if (error instanceof errors.UnsupportedTokenType) refused.add(ctx)
      }
      provider.on('revocation.error', noteRefusal)
      provider.on('introspection.error', noteRefusal)

      // oidc-provider refuses a JWT only after it has authenticated the client and checked the request. Answering
      // after that refusal leaves all of those checks to it.
      provider.use(async function answerForJwtAccessTokens(ctx: KoaContextWithOIDC, next) {
        await next()
        const { client, params, route } = refused.has(ctx) ? ctx.oidc : {}
        const token = params?.['token']
        if (!client || typeof token !== 'string') return
        if (route === 'introspection') answer(ctx, await introspect(token, client.clientId))
        else if (await revoke(token, client.clientId)) answer(ctx, '')
      })
    },
  }
}

function answer(ctx: KoaContextWithOIDC, body: object | string): void {
  ctx.status = 200
  ctx.body = body
}

function forgetExpired(issued: Map<string, IssuedToken>): void {
  const now = nowSeconds()
  for (const [jti, { expiresAt }] of issued) {
    if (expiresAt > now) return
    issued.delete(jti)
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
