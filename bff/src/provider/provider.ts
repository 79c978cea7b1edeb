import type { Result } from '@strongroom/client'
import type { DpopKey } from '../base/dpop-key.ts'
import type {
  LogoutTokenFailure,
  NarrowingFailure,
  ProviderFailure,
  SignInFailure,
} from '../base/failure.ts'
import type {
  AccessToken,
  IdentityClaims,
  IdToken,
  NarrowToken,
  RefreshToken,
  TokenSet,
} from './token-set.ts'
import type { CallToken } from './token-authorization.ts'
import type { UserinfoClaims } from './userinfo.ts'

/** What must come back unchanged or hashed to what we sent, for one sign-in attempt. */
export interface AuthorizationChecks {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** What the tokens are to be bound to, where they are. */
  readonly dpopKey?: DpopKey | undefined
  /** When the attempt began, in seconds since the epoch. */
  readonly startedAt: number
  /** As the link asked for; `auth_time` is then checked. */
  readonly maxAgeSeconds: number | null
  /** As the link asked for; `acr` must then be one of them. */
  readonly acrValues: readonly string[]
}

export interface SignIn {
  readonly tokens: TokenSet
  readonly claims: IdentityClaims
}

/** Why a code brought nothing that may be used. */
export interface ExchangeFailure {
  readonly failure: SignInFailure | ProviderFailure
  /** What came and did not hold up, without its ID token: for nobody to use, and for the caller to revoke. After an outage nothing. */
  readonly refused: TokenSet | null
  /** Whose they are, where an ID token that holds up said so before the rest was judged. */
  readonly sub: string | null
}

export interface Narrowed {
  readonly token: NarrowToken
  /** What the session holds from now on: another refresh token, if one was spent. Its own access token is the same. */
  readonly tokens: TokenSet
}

/** What came of asking for the end of a token (RFC 7009). A token that the provider does not know counts as revoked. */
export type RevocationOutcome =
  | 'revoked'
  /** The provider has no endpoint for it, or does not revoke tokens of this kind: they end by themselves. */
  | 'unsupported'
  /** No answer, trouble at the provider, or our standing as a client: asked later, it may be done. */
  | { readonly failed: 'for-now'; readonly retryAfterSeconds: number | null }
  /** It was judged and refused: asked again, the answer would be the same. */
  | { readonly failed: 'for-good'; readonly status: number }

/** What the provider says of an access token (RFC 7662 §2.2). */
export type TokenStanding =
  | {
      readonly state: 'active'
      /** When it ends, if the provider said so, in seconds since the epoch. */
      readonly expiresAt: number | null
      /** What it told of the user, where userinfo was asked. */
      readonly claims: UserinfoClaims | null
    }
  /** `because` of another claim: it is good, but it is not this session's. `cnf` is what it is bound to. */
  | {
      readonly state: 'inactive'
      readonly because: 'inactive' | 'iss' | 'client_id' | 'sub' | 'cnf'
    }
  /** There is nobody to ask. */
  | { readonly state: 'unsupported' }

/** Whose session is over at the provider: one session of theirs by the provider's name for it, or all of a user. */
export type EndedAtProvider =
  | { readonly providerSid: string; readonly sub: string | null }
  | { readonly providerSid: null; readonly sub: string }

/** What a verified logout token says (Back-Channel Logout §2.4). Instants are whole seconds since the epoch. */
export interface LogoutNotice {
  readonly whose: EndedAtProvider
  /** The token's own name: one that comes twice is a replay. */
  readonly tokenId: string
  readonly issuedAt: number
  /** For so long from now it would pass again. */
  readonly passesForSeconds: number
}

/** What an access token for one API of several is asked for. At least one of the last three is there. */
export interface Narrowing {
  /**
   * `exchange`: the session's access token is traded for it (RFC 8693 §2.1), and nothing is spent. `refresh`: it is asked for with
   * the refresh token (RFC 8707 §2.2), which a provider that rotates replaces each time.
   */
  readonly by: 'exchange' | 'refresh'
  /** The API as an absolute URI. With `refresh` it is asked for at sign-in, too. */
  readonly resource?: string
  /** The API by the name that it has at the provider. */
  readonly audience?: string
  /** What the token may do. With `refresh`: of what was granted at sign-in. */
  readonly scopes?: readonly string[]
}

/** The same as a row of the table asks for it. */
export interface NarrowingOfRow extends Narrowing {
  /** A bearer token, though others are bound: for an API that knows nothing else. */
  readonly bearer?: true
}

/** What an access token of the client's own is asked for (RFC 6749 §4.4.2). */
export type ClientTokenRequest = Pick<Narrowing, 'resource' | 'audience' | 'scopes'> & {
  /** What it is to be bound to; nothing for a bearer token. */
  readonly dpopKey?: DpopKey | undefined
}

/** What is asked for beside a sign-in: a consent of its own, for which the client's settings of a sign-in are set aside. */
export interface ConsentRequest {
  /** Parted by spaces, `openid` among them. */
  readonly scope: string
  /** The API that its tokens are for, or null for the session's own. */
  readonly resource: string | null
  readonly authorizeParameters: Readonly<Record<string, string>>
}

/** How a refresh of a consent of its own differs from that of a session. */
export interface ConsentRefresh {
  readonly resource: string | null
  /** Makes the one request to the token endpoint. */
  readonly fetch: typeof fetch
}

/** What a refresh starts from. */
export type RefreshableTokens = Pick<TokenSet, 'idToken' | 'scopes' | 'dpopKey'> & {
  readonly refreshToken: RefreshToken
}

/** Why a refresh brought nothing that may be used. */
export interface RefreshFailure<F = ProviderFailure> {
  readonly failure: F
  /** What came all the same and does not hold up, such as with an ID token of somebody else: for nobody to use, and for the caller to revoke. */
  readonly distrusted: TokenSet | null
  /** What came with an ID token that can't even be read. The refresh token in it lives, and the one that was spent does not. */
  readonly unread: TokenSet | null
  /** Only the provider's nonce was wanting (RFC 9449 §8), and is known now: nothing was spent, and it may be asked again. */
  readonly nonceWanted?: true
}

/** Why there is no token for one API that may be used. */
export type NarrowFailure = Pick<
  RefreshFailure<NarrowingFailure | ProviderFailure>,
  'failure' | 'distrusted'
>

/** The OpenID provider, as seen from here. */
export interface IdentityProvider {
  /** Where to send the browser to sign in (OpenID Connect Core §3.1.2.1). */
  authorizationUrl(
    checks: AuthorizationChecks,
    parameters: Readonly<Record<string, string>>,
    consent?: ConsentRequest,
  ): Promise<Result<URL, ProviderFailure>>

  /**
   * What the authorization endpoint answered, out of what the browser brought to the callback: the same, or what is in a JWT that was
   * asked for in its place (JARM), once that is verified.
   *
   * Fails with `sign-in-invalid` where it does not hold up, or came in the other way than was asked for.
   */
  readAnswer(
    query: URLSearchParams,
  ): Promise<Result<URLSearchParams, SignInFailure | ProviderFailure>>

  /**
   * Trades the answer of the authorization endpoint for tokens, everything verified.
   *
   * @param answer  as {@link readAnswer} gave it
   */
  exchangeCode(
    answer: URLSearchParams,
    checks: AuthorizationChecks,
    consent?: ConsentRequest,
  ): Promise<Result<SignIn, ExchangeFailure>>

  /**
   * Trades a refresh token for a new set. A provider that gives no new refresh or ID token leaves the old one in force.
   *
   * Tokens that are bound to a key stay with it. Those of before the settings asked for that are bound to a new one: the refresh
   * token of a client that proves who it is can be used with any (RFC 9449 §5).
   *
   * @param sub  whose tokens these must be (OpenID Connect Core §12.2)
   */
  refresh(
    tokens: RefreshableTokens,
    sub: string,
    consent?: ConsentRefresh,
  ): Promise<Result<TokenSet, RefreshFailure>>

  /**
   * Gets an access token that is good for one API alone, and leaves the session's own in force.
   *
   * Fails with `narrowing-refused` when the provider won't give this one; that says nothing of the session.
   */
  narrow(
    tokens: TokenSet,
    sub: string,
    narrowing: NarrowingOfRow,
  ): Promise<Result<Narrowed, RefreshFailure<NarrowingFailure | ProviderFailure>>>

  /**
   * Asks whether an access token is good still: the introspection endpoint, or userinfo where that is to serve for it. Every
   * failure leaves the question open, a refusal of ourselves as a client too.
   *
   * @param sub  whose it must be
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 §2}
   */
  introspect(token: CallToken, sub: string): Promise<Result<TokenStanding, ProviderFailure>>

  /**
   * What the provider tells of the user now (OpenID Connect Core §5.3). Fails with `another-user` when the access token is
   * not theirs, and with `unavailable`, which the log tells of, when nothing was told.
   */
  userinfo(
    token: CallToken,
    sub: string,
  ): Promise<Result<UserinfoClaims, 'another-user' | 'unavailable'>>

  /**
   * Gets an access token of the client's own, which stands for no user (RFC 6749 §4.4).
   *
   * Fails with `narrowing-refused` when the provider won't give it.
   */
  clientToken(request: ClientTokenRequest): Promise<Result<NarrowToken, NarrowFailure>>

  /** Revokes one token (RFC 7009). Never throws: what could not be done is said in the result. */
  revoke(token: AccessToken | RefreshToken, kind: 'access' | 'refresh'): Promise<RevocationOutcome>

  /**
   * Where the provider's own session ends (RP-Initiated Logout §2), or null if it has no such place.
   *
   * @param state  comes back with the browser
   */
  endSessionUrl(idTokenHint: IdToken | null, state: string): Promise<URL | null>

  /** Origin of that place, once the provider's metadata was read; null before, and if there is none. */
  endSessionOrigin(): string | null

  /** Reads the provider's word that a session there is over, everything verified but whether it came before. */
  verifyLogoutToken(
    logoutToken: string,
  ): Promise<Result<LogoutNotice, LogoutTokenFailure | ProviderFailure>>

  /** Fails when the provider could not be reached the last time, though what was known of it before may serve on. */
  ping(): Promise<Result<void, ProviderFailure>>
}
