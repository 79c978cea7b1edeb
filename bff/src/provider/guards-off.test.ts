import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  discovery,
  refreshTokenGrant,
} from 'openid-client'
import { expect, onTestFinished, test } from 'vitest'
import { changed, huge, type Json } from '../testing/hostile-answers.ts'
import {
  hostileClient,
  hostileProvider,
  type HostileProvider,
} from '../testing/hostile-provider.ts'
import { atHash, newKey, signedBy, withBrokenSignature } from '../testing/hostile-tokens.ts'

/** What the libraries leave to us: each of these attacks works against openid-client or jose alone. */

async function hostile(): Promise<HostileProvider> {
  const provider = await hostileProvider()
  onTestFinished(() => provider.close())
  return provider
}

async function bareClient({ issuer }: HostileProvider) {
  const { clientId, clientSecret } = hostileClient
  return discovery(new URL(issuer), clientId, {}, ClientSecretPost(clientSecret), {
    execute: [allowInsecureRequests],
  })
}

/** A sign-in by openid-client alone, with every check that its options name. */
async function bareSignIn(provider: HostileProvider) {
  const config = await bareClient(provider)
  const url = buildAuthorizationUrl(config, {
    redirect_uri: 'https://app.example.com/auth/callback',
    state: 'state',
    nonce: 'nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const response = await fetch(url, { redirect: 'manual' })
  return authorizationCodeGrant(config, new URL(response.headers.get('Location') ?? ''), {
    expectedState: 'state',
    expectedNonce: 'nonce',
    pkceCodeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    idTokenExpected: true,
  })
}

test('without verifyJwt, a broken signature passes for a good one', async () => {
  const provider = await hostile()
  provider.idToken.sign = withBrokenSignature

  const tokens = await bareSignIn(provider)

  expect(tokens.claims()?.sub).toBe('ada')
  expect(provider.requests).not.toContain('GET /jwks')
})

test('without verifyJwt, a stranger’s signature under a known kid passes for the provider’s', async () => {
  const provider = await hostile()
  provider.idToken.sign = signedBy(await newKey('RS256', 'first'))
  provider.idToken.claims = { sub: 'mallory' }

  const tokens = await bareSignIn(provider)

  expect(tokens.claims()?.sub).toBe('mallory')
})

const now = Math.floor(Date.now() / 1000)

const unchecked: readonly [string, Json][] = [
  ['checkParties, a token made for a stranger too', { aud: ['app', 'stranger'], azp: 'app' }],
  ['checkParties, a token that another party asked for', { azp: 'another' }],
  ['at_hash compared, a token made for another access token', { at_hash: atHash('another') }],
  ['checkTimes, a token from tomorrow', { iat: now + 86_400, exp: now + 90_000 }],
  ['checkTimes, a token from yesterday', { iat: now - 86_400 }],
  ['checkSignIn, a weaker sign-in than was asked for', { acr: 'weak' }],
]

test.for(unchecked)('without %s passes', async ([, claims]) => {
  const provider = await hostile()
  provider.idToken.claims = claims

  const tokens = await bareSignIn(provider)

  expect(tokens.claims()).toMatchObject(claims)
})

test('without checkRefreshed, a refresh may bring another user’s tokens', async () => {
  const provider = await hostile()
  const config = await bareClient(provider)
  provider.idToken.claims = { sub: 'mallory', nonce: 'another' }

  const tokens = await refreshTokenGrant(config, 'a refresh token of ada')

  expect(tokens.claims()?.sub).toBe('mallory')
})

test('without the check of token_type, a DPoP token passes for a bearer token', async () => {
  const provider = await hostile()
  provider.answers.token = changed({ token_type: 'DPoP' })

  const tokens = await bareSignIn(provider)

  expect(tokens.token_type).toBe('dpop')
})

test('without checkMetadata, the document of an issuer with another slash is used, and its endpoints may be anything', async () => {
  const provider = await hostile()
  provider.metadata = {
    issuer: `${provider.issuer}/`,
    authorization_endpoint: 'javascript:alert(1)',
    end_session_endpoint: 'data:text/html,x',
  }

  const config = await bareClient(provider)

  expect(config.serverMetadata()).toMatchObject(provider.metadata)
})

test('without boundedFetch, an answer of any size is read to its end', async () => {
  const provider = await hostile()
  provider.answers.token = huge(5_000_000)

  const tokens = await bareSignIn(provider)

  expect(tokens.access_token).toBe(provider.accessToken)
})

test('without keySet, a flood of made-up kids makes a fetch for each, or a key rotated in early is missed', async () => {
  const provider = await hostile()
  const jwks = new URL(`${provider.issuer}/jwks`)
  const hasty = createRemoteJWKSet(jwks, { cooldownDuration: 0 })
  const patient = createRemoteJWKSet(jwks, { cooldownDuration: 5000 })
  const flood = await Promise.all(['a', 'b', 'c'].map((kid) => signed(provider, kid)))

  for (const token of flood) await jwtVerify(token, hasty).catch(() => {})
  const fetches = provider.requests.length
  await jwtVerify(await signed(provider, 'first'), patient)
  await provider.rotate('second')
  const late = jwtVerify(await signed(provider, 'second'), patient)

  expect(fetches).toBe(4)
  await expect(late).rejects.toThrow(/no applicable key/)
})

async function signed({ key, idToken }: HostileProvider, kid: string): Promise<string> {
  return idToken.sign({ alg: 'RS256', kid }, { sub: 'ada' }, key)
}
