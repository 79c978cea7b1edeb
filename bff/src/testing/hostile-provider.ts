import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import type { JWK } from 'jose'
import { honest, saying, type Answer, type Json } from './hostile-answers.ts'
import { atHash, honestly, newKey, type Sign, type SigningKey } from './hostile-tokens.ts'

/** Everything that it says, each in a place of its own. A test bends one and leaves the rest honest. */
export interface Bends {
  /** Whole answers, by endpoint. */
  readonly answers: Record<
    'discovery' | 'jwks' | 'token' | 'userinfo' | 'introspection' | 'revocation',
    Answer
  >
  /** Members of the discovery document to replace; `undefined` takes one away. */
  metadata: Json
  /** What it signs with; honest as long as `published` has it. */
  key: SigningKey
  /** The keys in its JWKS. */
  published: readonly JWK[]
  /** What the browser brings back: params may be taken, changed or doubled. */
  authorizationAnswer: (query: URLSearchParams) => void | Promise<void>
  /** The ID tokens to come: header and claims to replace (`undefined` takes one away), and how they are signed. */
  readonly idToken: { header: Json; claims: Json; sign: Sign }
  /** Claims that userinfo tells, besides `sub`. */
  userinfoClaims: Json
  /** Seconds since the epoch. */
  now: () => number
}

export interface TokenRequest {
  readonly authorization: string | null
  readonly body: URLSearchParams
}

/** A real OpenID provider on the loopback that lies on demand. */
export interface HostileProvider extends Bends {
  readonly issuer: string
  /** What has been asked of it, as `GET /jwks`, oldest first. */
  readonly requests: string[]
  readonly tokenRequests: TokenRequest[]
  /** The last access token that it issued. */
  readonly accessToken: string
  readonly revoked: string[]
  /** Another key in place of the one that it signs with, and in the JWKS. */
  rotate(kid: string): Promise<void>
  /** Resolves when a request like this comes. */
  asked(request: string): Promise<void>
  close(): void
}

export const hostileClient = { clientId: 'app', clientSecret: 'a secret of the client' } as const

interface Attempt {
  readonly challenge: string
  readonly nonce: string
}

export async function hostileProvider(): Promise<HostileProvider> {
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const key = await newKey('RS256', 'first')
  const attempts = new Map<string, Attempt>()
  const waiting = new Map<string, () => void>()
  let accessToken = ''

  const provider: HostileProvider = {
    issuer,
    answers: {
      discovery: honest,
      jwks: honest,
      token: honest,
      userinfo: honest,
      introspection: honest,
      revocation: honest,
    },
    metadata: {},
    key,
    published: [key.jwk],
    authorizationAnswer: () => {},
    idToken: { header: {}, claims: {}, sign: honestly },
    userinfoClaims: {},
    now: () => Math.floor(Date.now() / 1000),
    requests: [],
    tokenRequests: [],
    revoked: [],
    get accessToken() {
      return accessToken
    },
    async rotate(kid) {
      provider.key = await newKey(provider.key.algorithm, kid)
      provider.published = [provider.key.jwk]
    },
    asked: (request) => new Promise((resolve) => waiting.set(request, resolve)),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer)
    const line = `${request.method} ${url.pathname}`
    provider.requests.push(line)
    waiting.get(line)?.()
    const { answers } = provider
    if (line === 'GET /.well-known/openid-configuration') answers.discovery(response, metadata())
    else if (line === 'GET /jwks') answers.jwks(response, { keys: provider.published })
    else if (line === 'GET /authorize') await authorize(url.searchParams, response)
    else if (line === 'POST /token') await token(request, response)
    else if (line === 'GET /userinfo') {
      answers.userinfo(response, { sub: 'ada', ...provider.userinfoClaims })
    } else if (line === 'POST /introspect') {
      const asked = new URLSearchParams(await readText(request)).get('token')
      const claims = { iss: issuer, client_id: hostileClient.clientId, sub: 'ada' }
      const active = asked === accessToken
      answers.introspection(response, active ? { active, ...claims } : { active })
    } else if (line === 'POST /revoke') {
      provider.revoked.push(new URLSearchParams(await readText(request)).get('token') ?? '')
      answers.revocation(response, {})
    } else response.writeHead(404).end()
  }

  function metadata(): Json {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/end-session`,
      jwks_uri: `${issuer}/jwks`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...provider.metadata,
    }
  }

  async function authorize(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const code = randomBytes(16).toString('base64url')
    attempts.set(code, {
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? '',
    })
    const back = new URL(query.get('redirect_uri') ?? '')
    back.search = new URLSearchParams({
      code,
      state: query.get('state') ?? '',
      iss: issuer,
    }).toString()
    await provider.authorizationAnswer(back.searchParams)
    response.writeHead(303, { Location: back.href }).end()
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new URLSearchParams(await readText(request))
    provider.tokenRequests.push({ authorization: request.headers.authorization ?? null, body })
    const attempt = attempts.get(body.get('code') ?? '')
    const refreshing = body.get('grant_type') === 'refresh_token'
    const verifier = createHash('sha256').update(body.get('code_verifier') ?? '')
    if (!refreshing && attempt?.challenge !== verifier.digest('base64url')) {
      saying(400, { error: 'invalid_grant' })(response, {})
      return
    }
    accessToken = randomBytes(16).toString('base64url')
    provider.answers.token(response, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: randomBytes(16).toString('base64url'),
      id_token: await idToken(refreshing ? {} : { nonce: attempt?.nonce }),
    })
  }

  function idToken(more: Json): string | Promise<string> {
    const { header, claims, sign } = provider.idToken
    const now = provider.now()
    return sign(
      { alg: provider.key.algorithm, kid: provider.key.jwk.kid, ...header },
      {
        iss: issuer,
        sub: 'ada',
        aud: hostileClient.clientId,
        iat: now,
        exp: now + 300,
        at_hash: atHash(accessToken),
        name: 'Ada Lovelace',
        ...more,
        ...claims,
      },
      provider.key,
    )
  }

  return provider
}
