import { createHash, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { Clock } from '../base/clock.ts'
import { byTheBook, type ProviderHabits } from './provider-habits.ts'

export interface StubProviderOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

interface Grant {
  readonly sub: string
  readonly scope: string
  readonly resources: readonly string[]
  /** The API that its access tokens are for, if it says so. */
  readonly audience: string | null
  readonly refreshable: boolean
  revoked: boolean
}

interface Code {
  readonly grant: Grant
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
}

/** A small OpenID provider with strict rotation: a refresh token that is used twice revokes its grant. */
export interface StubProvider {
  readonly app: Hono
  /** What it does that the standards do not lead one to expect. @default nothing */
  readonly habits: ProviderHabits
  /** How often its own session was ended in a browser. */
  sessionsEnded: number
  /** Who signs in next. */
  sub: string
  accessTokenSeconds: number
  /** Whether refresh tokens are issued at all. @default true */
  issuesRefreshTokens: boolean
  /** Whether each refresh brings a new refresh token. @default true */
  rotates: boolean
  /** What it calls its tokens. It checks no proof: `bound-tokens.ts` does. */
  tokenType: 'Bearer' | 'DPoP'
  /** Answers the authorization request in place of a code, such as `{ error: 'access_denied' }`. */
  authorizationAnswer: Record<string, string> | null
  /** Answers token requests in place of tokens. */
  tokenAnswer: ((grantType: string) => Response | Promise<Response>) | null
  /** Changes claims of the ID tokens to come. */
  idTokenClaims: Record<string, unknown>
  /** Members of the discovery document to replace; `undefined` takes one away. */
  metadata: Record<string, unknown>
  /** How many token requests of a kind have come. */
  tokenRequests(grantType: string): number
  /** Refuses tokens for one API with this error, as it refuses those for APIs that the sign-in did not ask for. */
  refusesTargets: string | null
  /** Whom an access token is for, and what it may do; null when it does not know it. */
  aboutToken(token: string): { readonly audience: string | null; readonly scope: string } | null
  /** How often its revocation endpoint was asked, whatever it said. */
  revocationRequests: number
  /** Tokens revoked at the revocation endpoint, oldest first. */
  readonly revocations: string[]
  /** Takes back every access token that it has issued so far. Refresh tokens stay good. */
  withdrawAccessTokens(): void
  /** Access tokens that it was asked about at the introspection endpoint, oldest first. */
  readonly introspections: string[]
  /** Every secret value it has issued. */
  readonly issued: string[]
  isActive(token: string): boolean
  /**
   * What it would send to the back-channel logout for the session `provider-session`: members of claims and header replace
   * its own, and `undefined` takes one away. `alg` signs as it says; `HS…` with the client's secret.
   */
  logoutToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** How often its keys were asked for. */
  keyRequests: number
}

/** Made once: it takes longer than most tests. */
let keyPair: ReturnType<typeof newKeyPair> | null = null

function newKeyPair() {
  return generateKeyPair('RS256', { extractable: true })
}

export async function stubProvider(
  { issuer, clientId, clientSecret }: StubProviderOptions,
  clock: Clock,
): Promise<StubProvider> {
  const { publicKey, privateKey } = await (keyPair ??= newKeyPair())
  const jwk = { ...(await exportJWK(publicKey)), kid: 'stub', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Code>()
  const refreshTokens = new Map<string, { readonly grant: Grant; spent: boolean }>()
  const accessTokens = new Map<string, Grant>()
  const targets = new Map<string, { readonly audience: string | null; readonly scope: string }>()
  const counts = new Map<string, number>()
  const consented = new Set<string>()
  const habits = { ...byTheBook }
  let registered = ''
  const { origin, pathname } = new URL(issuer)
  const base = pathname.replace(/\/$/, '')
  const endpoint = (path: string) => `${habits.endpointsAt ?? origin}${base}${path}`
  let serial = 0
  const secret = (kind: string) => {
    serial += 1
    const value = `${kind}-${serial}-${createHash('sha256').update(`${kind}${serial}`).digest('hex')}`
    provider.issued.push(value)
    return value
  }

  const app = new Hono()
  const provider: StubProvider = {
    app,
    habits,
    sessionsEnded: 0,
    sub: 'ada',
    accessTokenSeconds: 300,
    issuesRefreshTokens: true,
    rotates: true,
    tokenType: 'Bearer',
    authorizationAnswer: null,
    tokenAnswer: null,
    idTokenClaims: {},
    metadata: {},
    tokenRequests: (grantType) => counts.get(grantType) ?? 0,
    refusesTargets: null,
    aboutToken: (token) => targets.get(token) ?? null,
    revocationRequests: 0,
    revocations: [],
    withdrawAccessTokens: () => accessTokens.clear(),
    introspections: [],
    issued: [],
    isActive: (token) => {
      const grant = accessTokens.get(token) ?? refreshTokens.get(token)?.grant
      return grant !== undefined && !grant.revoked && refreshTokens.get(token)?.spent !== true
    },
    keyRequests: 0,
    logoutToken: async (claims, header) => {
      const payload = {
        iss: issuer,
        aud: clientId,
        iat: clock.now(),
        ...(habits.endlessLogoutTokens ? {} : { exp: clock.now() + 120 }),
        jti: randomUUID(),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        sid: 'provider-session',
        ...claims,
      }
      const { alg, ...rest } = { alg: 'RS256', kid: 'stub', typ: 'logout+jwt', ...header }
      if (alg === 'none') return `${encoded({ alg, ...rest })}.${encoded(payload)}.`
      const key = alg.startsWith('HS')
        ? Buffer.from(clientSecret)
        : await importJWK(await exportJWK(privateKey), alg)
      return new SignJWT(payload).setProtectedHeader({ alg, ...rest }).sign(key)
    },
  }

  async function tokens(
    grant: Grant,
    nonce: string | null,
    withRefreshToken: boolean,
    { audience: asked = null, scope = grant.scope }: Partial<Target> = {},
  ) {
    const audience = asked ?? grant.audience
    const idToken = await new SignJWT({
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      sid: 'provider-session',
      ...(nonce ? { nonce } : {}),
      sub: grant.sub,
      ...provider.idTokenClaims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'stub' })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setIssuedAt(Math.max(clock.now(), Math.floor(Date.now() / 1000)))
      .setExpirationTime(Math.max(clock.now(), Math.floor(Date.now() / 1000)) + 600)
      .sign(privateKey)
    const accessToken = secret('access')
    accessTokens.set(accessToken, grant)
    targets.set(accessToken, { audience, scope })
    provider.issued.push(idToken)
    const refreshToken = withRefreshToken ? secret('refresh') : undefined
    if (refreshToken !== undefined) refreshTokens.set(refreshToken, { grant, spent: false })
    return {
      access_token: accessToken,
      token_type: provider.tokenType,
      expires_in: habits.expiresInAsText
        ? String(provider.accessTokenSeconds)
        : provider.accessTokenSeconds,
      ...(habits.silentScope ? {} : { scope }),
      ...(habits.idTokenOnce && nonce === null ? {} : { id_token: idToken }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    }
  }

  app.get('*', async (c, next) => {
    if (c.req.path !== (habits.discoveryPath ?? `${base}/.well-known/openid-configuration`))
      return next()
    const { endSessionPath, endSessionUnnamed } = habits
    return c.json({
      issuer,
      authorization_endpoint: endpoint('/authorize'),
      token_endpoint: endpoint('/token'),
      jwks_uri: endpoint('/jwks'),
      introspection_endpoint: endpoint('/introspect'),
      ...(habits.revokes === 'nothing' ? {} : { revocation_endpoint: endpoint('/revoke') }),
      ...(endSessionPath === null || endSessionUnnamed
        ? {}
        : { end_session_endpoint: endpoint(endSessionPath) }),
      ...(habits.userinfoElsewhere ? { userinfo_endpoint: endpoint('/userinfo') } : {}),
      token_endpoint_auth_methods_supported: {
        post: ['client_secret_post'],
        both: ['client_secret_post', 'client_secret_basic'],
        basic: ['client_secret_basic'],
        'basic-raw': ['client_secret_basic'],
      }[habits.clientAuthentication],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: !habits.noIss,
      ...provider.metadata,
    })
  })

  app.get(`${base}/jwks`, (c) => {
    provider.keyRequests += 1
    return c.json({ keys: [jwk] })
  })

  app.get(`${base}/authorize`, (c) => {
    const query = c.req.query()
    const scopes = (query['scope'] ?? '').split(' ')
    if (scopes.some((scope) => habits.refusesScopes.includes(scope)))
      return c.html('<h1>Error 400: invalid_scope</h1>', 400)
    if (habits.refusesResource && query['resource'] !== undefined)
      return c.html('<h1>AADSTS901002: The resource parameter is not supported</h1>', 400)
    const back = new URL(query['redirect_uri'] ?? '')
    registered = new URL('/', back).href
    back.searchParams.set('state', query['state'] ?? '')
    if (!habits.noIss) back.searchParams.set('iss', issuer)
    if (provider.authorizationAnswer) {
      for (const [name, value] of Object.entries(provider.authorizationAnswer)) {
        back.searchParams.set(name, value)
      }
      return c.redirect(back.href, 303)
    }
    const code = secret('code')
    codes.set(code, {
      grant: {
        sub: provider.sub,
        scope: query['scope'] ?? '',
        resources: c.req.queries('resource') ?? [],
        audience: audienceOf(habits, query, scopes),
        refreshable: isRefreshable(habits, query, scopes, !consented.has(provider.sub)),
        revoked: false,
      },
      challenge: query['code_challenge'] ?? '',
      nonce: query['nonce'] ?? '',
      redirectUri: query['redirect_uri'] ?? '',
    })
    consented.add(provider.sub)
    back.searchParams.set('code', code)
    return c.redirect(back.href, 303)
  })

  app.post(`${base}/token`, async (c) => {
    const body = new URLSearchParams(await c.req.text())
    const field = (name: string) => body.get(name) ?? ''
    const grantType = field('grant_type')
    counts.set(grantType, (counts.get(grantType) ?? 0) + 1)
    if (provider.tokenAnswer) return provider.tokenAnswer(grantType)
    if (!isClient(c.req.header('Authorization'), body))
      return c.json({ error: 'invalid_client' }, 401)
    const target = targetIn(body)
    if (grantType === 'authorization_code') {
      const code = codes.get(field('code'))
      codes.delete(field('code'))
      if (
        !code ||
        !isProven(code, field('code_verifier')) ||
        code.redirectUri !== field('redirect_uri')
      ) {
        return c.json({ error: 'invalid_grant' }, 400)
      }
      const refreshable = provider.issuesRefreshTokens && code.grant.refreshable
      return c.json(await tokens(code.grant, code.nonce, refreshable, target))
    }
    if (grantType === exchangeGrant) {
      const subject = accessTokens.get(field('subject_token'))
      if (!subject || subject.revoked) return c.json({ error: 'invalid_request' }, 400)
      if (provider.refusesTargets !== null) return c.json({ error: provider.refusesTargets }, 400)
      const { access_token, token_type, expires_in, scope } = await tokens(
        subject,
        null,
        false,
        target,
      )
      const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token'
      return c.json({ access_token, issued_token_type, token_type, expires_in, scope })
    }
    if (grantType === 'client_credentials') {
      if (provider.refusesTargets !== null) return c.json({ error: provider.refusesTargets }, 400)
      const access_token = secret('client')
      targets.set(access_token, { audience: target.audience, scope: target.scope ?? '' })
      return c.json({ access_token, token_type: 'Bearer', expires_in: provider.accessTokenSeconds })
    }
    const known = refreshTokens.get(field('refresh_token'))
    if (known?.spent === true) known.grant.revoked = true
    if (!known || known.grant.revoked)
      return habits.bareRefusals ? c.body(null, 400) : c.json({ error: 'invalid_grant' }, 400)
    const { audience } = target
    if (audience !== null && !known.grant.resources.includes(audience))
      return c.json({ error: 'invalid_target' }, 400)
    if (audience !== null && provider.refusesTargets !== null)
      return c.json({ error: provider.refusesTargets }, 400)
    known.spent = provider.rotates && !habits.keepsOldRefreshTokens
    return c.json(await tokens(known.grant, null, provider.rotates, target))
  })

  app.post(`${base}/introspect`, async (c) => {
    const body = new URLSearchParams(await c.req.text())
    if (body.get('client_secret') !== clientSecret) return c.json({ error: 'invalid_client' }, 401)
    const token = body.get('token') ?? ''
    provider.introspections.push(token)
    const grant = accessTokens.get(token)
    return c.json(
      grant && !grant.revoked
        ? { active: true, iss: issuer, client_id: clientId, sub: grant.sub }
        : { active: false },
    )
  })

  app.post(`${base}/revoke`, async (c) => {
    const body = new URLSearchParams(await c.req.text())
    const token = body.get('token') ?? ''
    provider.revocationRequests += 1
    if (habits.revokesByHeader && c.req.header('Authorization') === undefined)
      return c.json({ error: 'invalid_client' }, 401)
    if (habits.revokes === 'refresh-tokens' && !refreshTokens.has(token))
      return c.json({ error: 'unsupported_token_type' }, 400)
    provider.revocations.push(token)
    const grant = refreshTokens.get(token)?.grant ?? accessTokens.get(token)
    if (grant) grant.revoked = true
    if (habits.revokes === 'whole-user') {
      consented.delete(grant?.sub ?? '')
      for (const other of accessTokens.values()) if (other.sub === grant?.sub) other.revoked = true
    }
    return c.body(null, 200)
  })

  app.get('*', (c, next) => {
    const { endSessionPath } = habits
    if (endSessionPath === null || c.req.path !== `${base}${endSessionPath}`) return next()
    const query = c.req.query()
    const fault = endSessionFault(habits, query, { clientId, registered, now: clock.now() })
    if (fault !== null) return Promise.resolve(c.html(`<h1>${fault}</h1>`, 400))
    provider.sessionsEnded += 1
    const back = new URL(query[habits.endSessionReturn] ?? '')
    if (query['state'] !== undefined) back.searchParams.set('state', query['state'])
    return Promise.resolve(c.redirect(back.href, 303))
  })

  function isClient(header: string | undefined, body: URLSearchParams): boolean {
    const { clientAuthentication: method } = habits
    if (method === 'post' || (method === 'both' && header === undefined))
      return body.get('client_id') === clientId && body.get('client_secret') === clientSecret
    const credentials = Buffer.from(header?.replace(/^Basic /, '') ?? '', 'base64').toString()
    const [name = '', ...rest] = credentials.split(':')
    const said = [name, rest.join(':')]
    const read = method === 'basic-raw' ? said : said.map(formDecoded)
    return read[0] === clientId && read[1] === clientSecret
  }

  return provider
}

function formDecoded(text: string): string {
  return new URLSearchParams(`text=${text}`).get('text') ?? ''
}

type Query = Readonly<Record<string, string>>

function audienceOf(
  habits: ProviderHabits,
  query: Query,
  scopes: readonly string[],
): string | null {
  if (habits.apiTokenFor === 'audience') return query['audience'] ?? null
  const [api] = scopes.filter((scope) => scope.startsWith('api://'))
  return habits.apiTokenFor === 'scope' ? (api ?? null) : null
}

function isRefreshable(
  habits: ProviderHabits,
  query: Query,
  scopes: readonly string[],
  first: boolean,
): boolean {
  if (habits.refreshTokenFor === 'offline_access') return scopes.includes('offline_access')
  if (habits.refreshTokenFor === 'any-sign-in') return true
  return query['access_type'] === 'offline' && (first || query['prompt'] === 'consent')
}

/** What its error page says, or null. */
function endSessionFault(
  habits: ProviderHabits,
  query: Query,
  { clientId, registered, now }: { clientId: string; registered: string; now: number },
): string | null {
  const hint = query['id_token_hint']
  if (query['client_id'] !== clientId) return 'Unknown client'
  if (query[habits.endSessionReturn] !== registered)
    return 'Where to come back to is not registered'
  if (hint === undefined && habits.endSessionHint === 'required') return 'id_token_hint is missing'
  if (hint === undefined) return null
  const expired = (decodeJwt(hint).exp ?? 0) <= now
  return expired && habits.endSessionHint === 'not-expired' ? 'id_token_hint invalid' : null
}

/** Who sent no challenge is asked for no verifier (RFC 7636 §4.6). */
function isProven({ challenge }: Code, verifier: string): boolean {
  return challenge === '' || challenge === createHash('sha256').update(verifier).digest('base64url')
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

interface Target {
  readonly audience: string | null
  readonly scope?: string
}

function targetIn(body: URLSearchParams): Target {
  const scope = body.get('scope')
  const audience = body.get('resource') ?? body.get('audience')
  return { audience, ...(scope === null ? {} : { scope }) }
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
