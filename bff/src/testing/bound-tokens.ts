import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose'
import type { Host } from './simulated-internet.ts'
import { apiUrl, issuer, type TestBff } from './test-bff.ts'

/** A provider that binds tokens to keys, and an API that checks it (RFC 9449). */
export interface BoundTokens {
  /** Wanted in each proof from now on; null for none. */
  nonces: { provider: string | null; api: string | null }
  /** Whether the provider refuses a proof with a challenge beside the error (§8 shows one). @default false */
  challenges: boolean
  /** The API as it takes calls that are proven. */
  readonly api: Host
  /** The thumbprint of the key that each token request was proven with, by its grant, oldest first. */
  readonly proven: { readonly grantType: string; readonly thumbprint: string | null }[]
  /** Why calls of the API were refused, oldest first. */
  readonly refusals: string[]
}

/** Has the provider of a test world bind what it gives to the key of the proof, and its API take bound tokens alone. */
export function bindTokens(world: TestBff): BoundTokens {
  const keys = new Map<string, string>()
  const seen = new Set<string>()
  const bound: BoundTokens = {
    nonces: { provider: null, api: null },
    challenges: false,
    proven: [],
    refusals: [],
    api: answerCall,
  }

  async function checked(request: Request, nonce: string | null, accessToken: string | null) {
    const text = request.headers.get('DPoP') ?? ''
    const options = { typ: 'dpop+jwt', algorithms: ['ES256'] }
    const { payload, protectedHeader } = await jwtVerify(text, EmbeddedJWK, options)
    const { jwk } = protectedHeader
    const fault = faultOf(payload, request, accessToken) ?? (jwk && 'd' in jwk ? 'secret' : null)
    if (fault !== null) throw new Error(fault)
    if (seen.has(payload.jti ?? '')) throw new Error('replayed')
    if (nonce !== null && payload['nonce'] !== nonce) throw new NonceWanted()
    seen.add(payload.jti ?? '')
    return calculateJwkThumbprint(jwk ?? {})
  }

  async function answerToken(request: Request): Promise<Response> {
    const body = new URLSearchParams(await request.clone().text())
    const grantType = body.get('grant_type') ?? ''
    if (!request.headers.has('DPoP')) {
      bound.proven.push({ grantType, thumbprint: null })
      return world.provider.app.fetch(request)
    }
    const nonce = bound.nonces.provider
    try {
      const thumbprint = await checked(request, nonce, null)
      bound.proven.push({ grantType, thumbprint })
      const answer = await world.provider.app.fetch(request)
      if (answer.status !== 200) return answer
      const given = (await answer.json()) as { access_token: string }
      keys.set(given.access_token, thumbprint)
      return Response.json({ ...given, token_type: 'DPoP' })
    } catch (error) {
      const code = error instanceof NonceWanted ? 'use_dpop_nonce' : 'invalid_dpop_proof'
      const headers = {
        ...(nonce !== null && { 'DPoP-Nonce': nonce }),
        ...(bound.challenges && { 'WWW-Authenticate': `DPoP error="${code}"` }),
      }
      return Response.json({ error: code }, { status: bound.challenges ? 401 : 400, headers })
    }
  }

  async function answerCall(request: Request): Promise<Response> {
    const nonce = bound.nonces.api
    const [scheme, token = ''] = (request.headers.get('Authorization') ?? '').split(' ')
    try {
      if (scheme !== 'DPoP') throw new Error('not bound')
      const thumbprint = await checked(request, nonce, token)
      if (keys.get(token) !== thumbprint) throw new Error('another key')
      return Response.json({ ok: true })
    } catch (error) {
      const why = error instanceof Error ? error.message : ''
      bound.refusals.push(why)
      const code = error instanceof NonceWanted ? 'use_dpop_nonce' : 'invalid_dpop_proof'
      const challenge = { 'WWW-Authenticate': `DPoP algs="ES256", error="${code}"` }
      const headers = { ...challenge, ...(nonce !== null && { 'DPoP-Nonce': nonce }) }
      return Response.json({ error: why }, { status: 401, headers })
    }
  }

  world.internet.host(issuer, (request) =>
    new URL(request.url).pathname === '/token'
      ? answerToken(request)
      : world.provider.app.fetch(request),
  )
  world.internet.host(apiUrl, (request) => {
    world.apiCalls.push(request.clone())
    return world.api(request)
  })
  world.api = answerCall
  return bound
}

class NonceWanted extends Error {
  override readonly message = 'nonce wanted'
}

function faultOf(
  { ath, htm, htu, iat, jti }: JWTPayload,
  { method, url }: Request,
  accessToken: string | null,
): string | null {
  if (htm !== method) return 'htm'
  if (htu !== url.split('?')[0]) return 'htu'
  if (typeof iat !== 'number' || typeof jti !== 'string') return 'iat or jti'
  if (accessToken === null) return ath === undefined ? null : 'ath'
  return ath === createHash('sha256').update(accessToken).digest('base64url') ? null : 'ath'
}
