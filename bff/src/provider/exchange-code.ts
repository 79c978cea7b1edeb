import { err, ok, type Result } from '@strongroom/client'
import { authorizationCodeGrant } from 'openid-client'
import { describeCause } from '../base/describe-cause.ts'
import { newDpopKey } from '../base/dpop-key.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { askedChecks, ownResource } from './asked-parameters.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { checkSignIn } from './check-sign-in.ts'
import { offersDpop, type Discovered } from './discovery.ts'
import { endpointFor } from './endpoint-for.ts'
import { heardTokens } from './heard-tokens.ts'
import { exchangeFailure } from './provider-failure.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { AuthorizationChecks, ExchangeFailure, SignIn } from './provider.ts'
import { receivedTokens, scopesIn } from './received-tokens.ts'
import { tokenRequest, type TokenRequestParts } from './token-request.ts'
import type { IdentityClaims, NarrowToken } from './token-set.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'
import { AnotherUser, fetchUserinfo, type UserinfoClaims } from './userinfo.ts'
import { verifyIdToken, type IdTokenClaims } from './verify-id-token.ts'

export interface ExchangeParts extends TokenRequestParts {
  readonly telemetry: Telemetry
}

/** Trades the answer of the authorization endpoint for tokens, and finds out whose they are. Throws nothing: what can't be used must be revoked. */
export async function exchangeCode(
  parts: ExchangeParts,
  answer: URLSearchParams,
  checks: AuthorizationChecks,
): Promise<Result<SignIn, ExchangeFailure>> {
  const heard = heardTokens(boundedFetch(parts.settings.fetch))
  let sub: string | null = null
  const isOf = (user: string) => (sub = user)
  try {
    return ok(await signIn(parts, answer, checks, heard.fetch, isOf))
  } catch (error) {
    const failure = exchangeFailure(error)
    const isRefused = failure.kind === 'sign-in-invalid'
    const refused = isRefused ? await heard.tokens(null, parts.clock) : null
    return err({ failure, refused, sub })
  }
}

/** The same, with what went wrong thrown as it is. */
async function signIn(
  parts: ExchangeParts,
  answer: URLSearchParams,
  checks: AuthorizationChecks,
  fetchNow: typeof fetch,
  isOf: (sub: string) => void,
): Promise<SignIn> {
  const { settings, discovered, clock } = parts
  const known = await discovered()
  checkIssuer(answer, known)
  // openid-client takes the redirect_uri from this URL: behind a proxy the request's own would be wrong.
  const url = new URL(settings.callbackUrl)
  url.search = answer.toString()
  // An attempt from before the settings asked for it has none.
  const key = checks.dpopKey ?? (settings.dpop ? newDpopKey() : undefined)
  const response = await tokenRequest(parts, { key, fetch: fetchNow }, (configuration) =>
    authorizationCodeGrant(
      configuration,
      url,
      {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      },
      ownResource(settings),
    ),
  )
  // What is not said of the scope is as it was asked for (RFC 6749 §5.1).
  const asked = { scopes: scopesIn(settings.scope) ?? [] }
  const isOffered = offersDpop(known.server)
  const binding = { key, acceptBearer: settings.acceptBearerTokens, isOffered }
  const tokens = receivedTokens(response, asked, clock.now(), binding)
  const claims = await verifyIdToken(response.id_token ?? '', known, tokens.accessToken)
  isOf(claims.sub)
  checkSignIn(claims, askedChecks(settings.authorizeParameters, checks), clock.now())
  const told = await toldBesides(parts, known, tokens, claims)
  return { tokens, claims: identityClaims(claims, told) }
}

/** RFC 9207 §2.4. That one must be there if it is promised, and not twice, openid-client sees to; an empty one it overlooks. */
function checkIssuer(answer: URLSearchParams, { issuer }: Discovered): void {
  const named = answer.get('iss')
  if (named !== null && named !== issuer) throw new UntrustedAnswer('from another issuer', 'iss')
}

/** Some providers put a user's name and address into userinfo alone. A sign-in does without when they can't be had. */
async function toldBesides(
  parts: ExchangeParts,
  known: Discovered,
  token: NarrowToken,
  claims: IdTokenClaims,
): Promise<UserinfoClaims> {
  const { settings, telemetry } = parts
  const endpoint = endpointFor(known.server, 'userinfo_endpoint', settings)
  if (endpoint === undefined || !isWanting(settings, claims)) return {}
  try {
    return await fetchUserinfo(parts, known, token, claims.sub)
  } catch (error) {
    // The access token is somebody else's: nothing that came with it is this user's.
    if (error instanceof AnotherUser) throw error
    telemetry.record({ name: 'userinfo-failed', detail: describeCause(error) })
    return {}
  }
}

const profile = ['name', 'preferred_username', 'email'] as const

function isWanting(settings: ProviderSettings, claims: IdTokenClaims): boolean {
  const { userinfo, scope, wantedClaims } = settings
  const asked = scope.split(' ').some((item) => item === 'profile' || item === 'email')
  const lacksProfile = asked && profile.every((name) => claims[name] == null)
  const lacksWanted = wantedClaims.some((name) => claims[name] == null)
  return userinfo !== 'never' && (lacksProfile || lacksWanted)
}

/** The ID token wins: it is signed. What userinfo says of the session would be nobody's word. */
function identityClaims(claims: IdTokenClaims, told: UserinfoClaims): IdentityClaims {
  const { sub, sid, auth_time: authTime } = claims
  return {
    sub,
    sid: typeof sid === 'string' ? sid : null,
    authTime: typeof authTime === 'number' ? authTime : null,
    all: { ...told, ...claims },
  }
}
