import type { RunningProvider } from './provider.ts'
import { tokenEndpointLevers, type TokenEndpointFailure } from './token-endpoint-levers.ts'

export interface ProviderControl {
  /** From the next token on. */
  setAccessTokenSeconds(seconds: number): void
  /** So many characters more in each ID token, from the next on. */
  growIdTokens(characters: number): void
  /** Ends what a person allowed, or the one grant that a token came from: none of its tokens works any more. */
  revoke(whose: Whose): Promise<void>
  /** The refresh tokens that {@link ProviderControl.revoke} would end, as if their time were up. */
  expireRefreshTokens(whose: Whose): Promise<void>
  /** Everybody who is signed in at the provider has signed in so much earlier. What it has issued still tells of then. */
  ageSignIns(seconds: number): void
  /** Requests to the token endpoint that were answered, whatever the answer. */
  tokenRequests(grantType?: string): number
  /** Those of them that were answered with 400 or more. */
  refusedTokenRequests(grantType?: string): number
  /** The next `times` requests to the token endpoint get this answer; the provider never sees them. */
  failTokenEndpoint(failure: TokenEndpointFailure): void
  /** Every answer of the token endpoint is held back that long. The provider has done its part by then. */
  delayTokenEndpoint(milliseconds: number): void
  /** The next `times` answers of the token endpoint are lost: the provider did its part, then the line breaks. */
  loseTokenAnswers(times: number): void
  /** Every access, refresh and ID token and every authorization code since control was taken, or reset. */
  issuedTokens(): readonly IssuedToken[]
  /** As introspection would say. Access and refresh tokens only. */
  isActive(token: string): Promise<boolean>
  /** Takes every lever back and forgets what was counted. Tokens and sessions stay as they are. */
  reset(): void
}

export type Whose = { readonly sub: string } | { readonly token: string }

export interface IssuedToken {
  readonly kind: 'access_token' | 'refresh_token' | 'id_token' | 'code'
  readonly value: string
}

const controls = new WeakMap<RunningProvider, ProviderControl>()

/**
 * The levers that tests pull. Take control before the first request: nothing is counted or kept earlier, and a
 * provider that nobody controls has none of this in it.
 */
export function providerControl(provider: RunningProvider): ProviderControl {
  const control = controls.get(provider) ?? takeControl(provider)
  controls.set(provider, control)
  return control
}

function takeControl({ inner }: RunningProvider): ProviderControl {
  const { accessTokens, oidc, settings, store } = inner
  const { accessTokenSeconds } = settings
  const issued: IssuedToken[] = []
  const tokenEndpoint = tokenEndpointLevers()

  inner.use(tokenEndpoint.middleware)
  oidc.on('authorization.success', (_ctx, response) => keep('code', response?.['code']))
  oidc.on('grant.success', ({ body }) => {
    for (const kind of ['access_token', 'refresh_token', 'id_token'] as const) {
      keep(kind, (body as Record<string, unknown>)[kind])
    }
  })

  function keep(kind: IssuedToken['kind'], value: unknown): void {
    if (typeof value === 'string') issued.push({ kind, value })
  }

  async function grantIdsOf(whose: Whose): Promise<readonly (string | undefined)[]> {
    if ('token' in whose) {
      const refreshToken = await store.adapter('RefreshToken').find(whose.token)
      return [refreshToken ? refreshToken.grantId : await accessTokens.grantIdOf(whose.token)]
    }
    const grants = store.records('Grant').filter(({ payload }) => payload.accountId === whose.sub)
    return grants.map(({ id }) => id)
  }

  return {
    setAccessTokenSeconds(seconds) {
      settings.accessTokenSeconds = seconds
    },
    growIdTokens(characters) {
      settings.idTokenBallast = characters
    },
    async revoke(whose) {
      for (const grantId of await grantIdsOf(whose)) {
        if (grantId === undefined) continue
        await store.adapter('RefreshToken').revokeByGrantId(grantId)
        await store.adapter('AuthorizationCode').revokeByGrantId(grantId)
        await store.adapter('Grant').destroy(grantId)
      }
    },
    async expireRefreshTokens(whose) {
      const grantIds = await grantIdsOf(whose)
      for (const { payload } of store.records('RefreshToken')) {
        if (payload.grantId && grantIds.includes(payload.grantId)) payload.exp = 1
      }
    },
    ageSignIns(seconds) {
      for (const { payload } of store.records('Session')) {
        if (payload.loginTs !== undefined) payload.loginTs -= seconds
      }
    },
    tokenRequests: (grantType) => tokenEndpoint.countAnswers(grantType),
    refusedTokenRequests: (grantType) => tokenEndpoint.countAnswers(grantType, 400),
    failTokenEndpoint: tokenEndpoint.fail,
    delayTokenEndpoint: tokenEndpoint.delay,
    loseTokenAnswers: tokenEndpoint.loseAnswers,
    issuedTokens: () => [...issued],
    async isActive(token) {
      if (await accessTokens.active(token)) return true
      const refreshToken = await oidc.RefreshToken.find(token)
      return Boolean(refreshToken?.isValid && (await oidc.Grant.find(refreshToken.grantId ?? '')))
    },
    reset() {
      settings.accessTokenSeconds = accessTokenSeconds
      settings.idTokenBallast = 0
      issued.length = 0
      tokenEndpoint.reset()
    },
  }
}
