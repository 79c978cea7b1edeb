/** What large providers do that the standards do not lead one to expect. Each is a switch; all off, it is a provider by the book. */
export interface ProviderHabits {
  /** Scopes that it does not know, for which it shows an error page of its own. */
  refusesScopes: readonly string[]
  /** A resource indicator is refused: the scope alone says what a token is for. */
  refusesResource: boolean
  /** What asks for a refresh token. `access_type`: at the first consent alone, or with `prompt=consent`. */
  refreshTokenFor: 'any-sign-in' | 'offline_access' | 'access_type'
  /** What makes an access token one for an API. Without it the token is opaque, and good for the provider's own endpoints alone. */
  apiTokenFor: 'any-sign-in' | 'audience' | 'scope'
  /** How the client must prove itself. `basic-raw`: what is percent-encoded in the header is not decoded. */
  clientAuthentication: 'post' | 'both' | 'basic' | 'basic-raw'
  /** `expires_in` is a text. */
  expiresInAsText: boolean
  /** A token answer says nothing of its scope. */
  silentScope: boolean
  /** A refused refresh token gets a 400 with nothing in it. */
  bareRefusals: boolean
  /** A refresh brings no ID token. */
  idTokenOnce: boolean
  /** A refresh token that was replaced stays good. */
  keepsOldRefreshTokens: boolean
  /** The answer to an authorization request does not say whose it is (RFC 9207). */
  noIss: boolean
  /** Logout tokens have no `exp`. */
  endlessLogoutTokens: boolean
  /** Where its own session ends: below its base, and null for nowhere. */
  endSessionPath: string | null
  /** Whether the discovery document names that place. */
  endSessionUnnamed: boolean
  /** By which name it is told where to come back to. */
  endSessionReturn: 'post_logout_redirect_uri' | 'logout_uri' | 'returnTo'
  /** What it thinks of the hint there. */
  endSessionHint: 'optional' | 'required' | 'not-expired'
  /** What it revokes. `whole-user`: along with any token, whatever this client holds of the user. */
  revokes: 'both' | 'refresh-tokens' | 'whole-user' | 'nothing'
  /** It revokes for who proves itself in the header alone, whatever its token endpoint takes. */
  revokesByHeader: boolean
  /** Its userinfo endpoint belongs to another API, and refuses the tokens of ours. */
  userinfoElsewhere: boolean
  /** Where the discovery document is, as a path. */
  discoveryPath: string | null
  /** The origin of its endpoints, if it is not the issuer's. */
  endpointsAt: string | null
}

export const byTheBook: Readonly<ProviderHabits> = {
  refusesScopes: [],
  refusesResource: false,
  refreshTokenFor: 'any-sign-in',
  apiTokenFor: 'any-sign-in',
  clientAuthentication: 'post',
  expiresInAsText: false,
  silentScope: false,
  bareRefusals: false,
  idTokenOnce: false,
  keepsOldRefreshTokens: false,
  noIss: false,
  endlessLogoutTokens: false,
  endSessionPath: '/end-session',
  endSessionUnnamed: false,
  endSessionReturn: 'post_logout_redirect_uri',
  endSessionHint: 'optional',
  revokes: 'both',
  revokesByHeader: false,
  userinfoElsewhere: false,
  discoveryPath: null,
  endpointsAt: null,
}
