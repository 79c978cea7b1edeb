import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { errors, jwtVerify, type JWTPayload } from 'jose'
import { isTokenFault, issuerKeys } from './issuer-keys.ts'

export interface BearerOptions {
  readonly issuer: string
  readonly audience: string
  readonly scope: string
}

export interface BearerVariables {
  /** Of the access token that came with the request. */
  claims: TokenClaims
  token: string
}

export interface TokenClaims extends JWTPayload {
  readonly sub: string
  readonly exp: number
}

/**
 * Lets a request pass with a valid access token of the issuer (RFC 9068), or answers as RFC 6750 §3 says.
 * The keys are fetched when the first token comes, and kept: the issuer may start later, and may be down.
 */
export function requireBearer(
  options: BearerOptions,
): MiddlewareHandler<{ Variables: BearerVariables }> {
  const keys = issuerKeys(options.issuer)

  return async function checkBearer(c, next) {
    const header = c.req.header('Authorization')
    if (!header) throw refusal(401, {}, 'This API wants an access token.')
    const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1]
    if (!token) throw invalidToken('The Authorization header holds no bearer token.')
    const claims = await verify(token)
    if (!scopesOf(claims).includes(options.scope)) {
      const description = `The access token lacks the scope ${options.scope}.`
      throw refusal(403, { error: 'insufficient_scope', scope: options.scope }, description)
    }
    c.set('claims', claims)
    c.set('token', token)
    await next()
  }

  async function verify(token: string): Promise<TokenClaims> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: options.audience,
        typ: 'at+jwt',
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'sub'],
      })
      return payload as TokenClaims
    } catch (cause) {
      throw isTokenFault(cause) ? invalidToken(sayWhy(cause)) : keysUnavailable(cause)
    }
  }
}

/** Asks for another sign-in where the user's is older than that, or the token does not tell (RFC 9470 §3). */
export function requireFreshSignIn(claims: TokenClaims, maxAgeSeconds: number): void {
  const { auth_time: authTime } = claims
  const isFresh = typeof authTime === 'number' && Date.now() / 1000 - authTime <= maxAgeSeconds
  if (isFresh) return
  const challenge = { error: 'insufficient_user_authentication', max_age: String(maxAgeSeconds) }
  throw refusal(401, challenge, 'This wants a sign-in from not so long ago.')
}

function sayWhy(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The access token is not meant for this API: its ${error.claim} is wrong.`
  }
  return 'The access token is not valid.'
}

function scopesOf(claims: JWTPayload): readonly string[] {
  return typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
}

function invalidToken(message: string): HTTPException {
  return refusal(401, { error: 'invalid_token' }, message)
}

function refusal(
  status: 401 | 403,
  challenge: Record<string, string>,
  message: string,
): HTTPException {
  const described = challenge['error'] ? { ...challenge, error_description: message } : challenge
  const parameters = Object.entries({ realm: 'sample-api', ...described })
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')
  const body = { error: challenge['error'] ?? 'missing_token', message }
  const headers = { 'WWW-Authenticate': `Bearer ${parameters}` }
  return new HTTPException(status, { res: Response.json(body, { status, headers }) })
}

function keysUnavailable(cause: unknown): HTTPException {
  const body = {
    error: 'keys_unavailable',
    message: 'The provider’s keys can’t be fetched, so the token can’t be checked.',
  }
  const res = Response.json(body, { status: 503, headers: { 'Retry-After': '2' } })
  return new HTTPException(503, { res, cause })
}
