import type { Clock } from '../base/clock.ts'
import type { SigningAlgorithm } from '../base/signing-algorithms.ts'
import type { SecretSource } from '../base/key-ring.ts'
import type { CredentialSource } from './watched-credentials.ts'
import type { JobOptions } from '../jobs/job.ts'
import type { Store } from '../keyvalue/store.ts'
import type { Event } from '../observability/events.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { ClientAuthentication } from '../base/client-authentications.ts'
import type {
  EndSessionHint,
  IntrospectionDemand,
  UserinfoDemand,
  ResponseMode,
  SignedRequests,
} from '../provider/provider-settings.ts'
import type { EncryptedAnswer } from '../base/encrypted-answers.ts'
import type { Upstream } from '../proxy/upstream.ts'
import type { RevokeAtSignOut } from '../tokens/revoke-tokens.ts'
import type { JobRunnerOptions } from './job-options.ts'
import type { PresetName } from './presets/preset-name.ts'

/** Everything that can be said to Strongroom. What the environment says is one way to fill it (`from-env.ts`). */
export interface BffOptions {
  /**
   * The origin that browsers see, such as `https://app.example.com`. The callback and every absolute URL are built
   * from it, never from a request. Plain http is for localhost only.
   */
  readonly publicUrl: string
  readonly provider: ProviderOptions
  /** The APIs behind Strongroom. What no row names is 404 before a session is opened. */
  readonly upstreams: readonly UpstreamOptions[]
  readonly session: SessionOptions
  /**
   * What the app may ask a user for so that it can act while they are away, by name. Each is a consent of its own, with a
   * refresh token of its own, which the user sees and can withdraw. Needs a store that outlives a restart. @default none
   */
  readonly grants?: Readonly<Record<string, GrantOptions>>
  /**
   * Where what must be shared or survive is kept: `sqlite:<file>` (one machine, survives a restart), `redis://…` or
   * `rediss://…` (many instances), `memory:` (forgotten at a restart), or a store of your own.
   * @default 'sqlite:.strongroom/store.db'
   */
  readonly store?: string | Store
  /** What is done for users while they are away, by the grants that they have connected. @default none */
  readonly jobs?: readonly JobOptions[]
  readonly jobRunner?: JobRunnerOptions
  /** Folder of the built single-page app; null for none. @default null */
  readonly spaDir?: string | null
  /**
   * A path of the app, such as `/sign-in-failed`, that is to tell why a sign-in did not come about, in the place of
   * Strongroom's own page. It gets `?problem=<code>&return_to=<path>&request_id=<id>` (`docs/problems.md` lists the codes), and must
   * offer a link to sign in, not go there by itself. @default null
   */
  readonly signInFailedPath?: string | null
  /** Addresses or CIDRs of proxies whose `X-Forwarded-For` and `X-Request-Id` are believed. @default none */
  readonly trustedProxies?: readonly string[]
  /**
   * How many times a minute one network (an IPv4 address, an IPv6 /64) may begin a sign-in, come back from one, or sign out, each
   * counted for itself and over all instances; 0 for no limit. Beyond it: 429, but who is signed in is signed out all the same,
   * and their tokens are revoked a little later. As many refused logout tokens, and as many front-channel logouts, it may send.
   * @default 300
   */
  readonly rateLimitPerMinute?: number
  /** Where events go. @default JSON lines on standard output */
  readonly telemetry?: Telemetry
  /**
   * Is told what has happened to users and sessions, such as `signed-in`, `refreshed` and `session-ended`: the very events that are logged,
   * with no token or secret in any. It is called after the fact, by the process in which it happened, and nothing waits for it; what it
   * throws, or rejects with, is logged and harms nobody. @default none
   */
  readonly onEvent?: (event: Event) => unknown
  /** @default the system's */
  readonly clock?: Clock
  /**
   * Calls the provider, and the upstreams too when it is given: by default those are called over node:http, which streams
   * uploads. @default the runtime's `fetch`
   */
  readonly fetch?: typeof fetch
}

export interface ProviderOptions {
  /**
   * Who the provider is, if its habits are known here: what these options leave out is then said for it (`docs/providers`).
   * @default none
   */
  readonly preset?: PresetName
  /**
   * To the letter as the provider's discovery document has it. Plain http is for loopback only. May be left out where the
   * preset knows it.
   */
  readonly issuer?: string
  /**
   * Where the discovery document is, if that is not below the issuer. Its issuer must be the one above all the same.
   * @default '<issuer>/.well-known/openid-configuration'
   */
  readonly discoveryUrl?: string
  readonly clientId: string
  /** Left out where `clientKeys` prove who we are. */
  readonly clientSecret?: string
  /**
   * Private keys, as text and not as the name of a file: a JWK, a JWK Set (RFC 7517), or PEM. The first signs (`private_key_jwt`), the public halves of all are
   * served at `clientJwksPath`. To change it: add the new one as the second, move it to the front once the provider knows it, drop
   * the old one. @default none
   */
  readonly clientKeys?: string
  /** Where the public halves of `clientKeys` are served, such as `/auth/jwks`, for the provider to fetch. @default nowhere */
  readonly clientJwksPath?: string | null
  /**
   * Whom the assertions of `private_key_jwt` are made for: the issuer, or the token endpoint for providers that take nothing else.
   * @default 'issuer'
   */
  readonly clientAssertionAudience?: 'issuer' | 'token-endpoint'
  /**
   * `client_secret_basic_raw` is `client_secret_basic` without the percent-encoding that RFC 6749 §2.3.1 asks for, for a provider
   * that does not undo it. @default 'private_key_jwt' where there are keys and no secret; else 'client_secret_post' where the
   * provider takes it, else 'client_secret_basic'
   */
  readonly clientAuthentication?: ClientAuthentication
  /** Scopes of a sign-in, parted by spaces. @default 'openid profile email offline_access' */
  readonly scope?: string
  /**
   * More authorization parameters, such as `audience` (Auth0) or `access_type` (Google). A link to the sign-in may set others;
   * `acr_values` and `prompt` it can't replace, and `max_age` it can only lower. The strength and the age are checked in the answer.
   * They are added to those of the preset; one that is empty is left out.
   * @default none
   */
  readonly authorizeParameters?: Readonly<Record<string, string>>
  /**
   * Whether an authorization request is handed to the provider from server to server, and the browser carries a reference alone
   * (RFC 9126): wherever the provider offers it, or only where it requires it, which saves a request at each sign-in.
   * @default 'when-offered'
   */
  readonly pushedRequests?: 'when-offered' | 'when-required'
  /**
   * Where the provider's own session ends, in the place of what its discovery document says: absolute, or relative to the
   * issuer. @default the `end_session_endpoint` of the discovery document, if it has one
   */
  readonly endSessionUrl?: string
  /**
   * By which name the provider is told where to come back to at the end of its session. With any other than the standard's it
   * gets this and the client's id alone, and the browser comes back to `/`. @default 'post_logout_redirect_uri'
   */
  readonly endSessionReturnParameter?: string
  /**
   * The ID token that tells the provider whose session is to end. `optional`: sent where a form signs out, and not where script
   * does, which must not see it. `while-valid`: not once it has expired. `required`: the browser is not sent to a provider that
   * would refuse it for want of one, so script signs out here alone. @default 'optional'
   */
  readonly endSessionHint?: EndSessionHint
  /**
   * Which tokens of a session the provider is asked to revoke when it ends. Grants for the time when a user is away are revoked
   * in any case. @default 'both'
   */
  readonly revokeAtSignOut?: RevokeAtSignOut
  /**
   * Whether an authorization request is signed with the first of `clientKeys` (JAR, RFC 9101): only where the provider's metadata says
   * `require_signed_request_object`, or always. @default 'when-required'
   */
  readonly signedRequests?: SignedRequests
  /**
   * How the provider's answer comes back with the browser: as parameters, or in a JWT that it signs (JARM). What comes in the other way is
   * refused. @default 'query'
   */
  readonly responseMode?: ResponseMode
  /**
   * What must come encrypted for a JWK with `use: "enc"` in `clientKeys`, because it is registered so at the provider: ID tokens, answers of the
   * authorization endpoint. What is not named may be encrypted. @default none
   */
  readonly encryptedAnswers?: readonly EncryptedAnswer[]
  /**
   * A certificate as PEM (the text, not the name of a file), with what leads to its authority behind it, shown to the provider on every connection: for `tls_client_auth`,
   * `self_signed_tls_client_auth`, and access tokens that are bound to it (RFC 8705). @default none
   */
  readonly clientCertificate?: string
  /** Its private key, as PEM: the text, too. @default none */
  readonly clientCertificateKey?: string
  /**
   * Where `clientKeys`, `clientCertificate` and `clientCertificateKey` are read anew, as they are renewed: asked every five seconds, all three
   * at once. What it leaves out stays as it is; what it gives twice in a row is in use from then on, without a restart; while it throws or gives what can't be used, those of
   * before are. @default they never change
   */
  readonly credentialSource?: CredentialSource
  /**
   * `fapi2`: all that the FAPI 2.0 Security Profile demands of a client. A setting that contradicts it is a fault, and a provider that does
   * not offer what it takes is not used. @default null
   */
  readonly profile?: 'fapi2' | null
  /**
   * Whether access tokens are bound to a key of their session (RFC 9449): who gets hold of one can do nothing with it. The provider
   * must be able to, and each API must check the proofs that then go along. The cookie grows by some 60 characters. A session from
   * before is bound with its next refresh. @default false
   */
  readonly dpop?: boolean
  /**
   * With `dpop`: whether a bearer token is taken where the provider gives one all the same. Whoever stands between could then have
   * bound tokens turned into bearer ones. @default false
   */
  readonly acceptBearerTokens?: boolean
  /**
   * The one algorithm that the provider signs tokens for this client with (`id_token_signed_response_alg`).
   * @default any asymmetric one that its discovery document offers
   */
  readonly idTokenAlgorithm?: SigningAlgorithm
  /** Client ids and other audiences that a token may be made for beside this client. @default none */
  readonly trustedAudiences?: readonly string[]
  /**
   * `when-needed`: a name and an e-mail address that the scope asks for and the ID token lacks are fetched from the provider's
   * userinfo endpoint, once, at sign-in. It takes three seconds at most; a sign-in goes on without them. `after-refresh`: all that
   * userinfo tells is fetched at each renewal of the tokens, too, which then takes as much longer. But for `never`, a page that
   * has the provider asked (`GET /auth/session?check=provider`) gets it as well.
   * @default 'when-needed'
   */
  readonly userinfo?: UserinfoDemand
  /**
   * When the provider is asked, before a call of the API goes out, whether the session's access token is good still (RFC 7662):
   * it may have been revoked before its time. `restore`: before the first call of a session that this process has not seen, such as
   * after a restart. A number: so many seconds after the provider has last vouched for the token, while the session makes calls;
   * the instances share the answer. A token that is not good ends the session (`token-revoked`). Trouble in asking never does: the
   * call goes on, after three seconds at most, and the provider is left alone for a while.
   * @default 'never'
   */
  readonly introspection?: IntrospectionDemand
  /**
   * Whether userinfo, asked with the access token, serves in its place where the provider has no introspection endpoint. Only for
   * a provider whose userinfo takes the access tokens of this client: one that refuses them for their audience would end sessions.
   * @default false
   */
  readonly introspectByUserinfo?: boolean
  /**
   * Whether a logout token must say in its header what it is (`typ: logout+jwt`). Many providers don't yet; without it `JWT`
   * and none at all pass too, and any other type is refused. @default false
   */
  readonly requireLogoutTokenType?: boolean
  /**
   * Whether a logout token may lack `exp`, which the standard asks for and some providers leave out. It is then good for four
   * minutes from when it was issued. @default false
   */
  readonly acceptLogoutTokensWithoutExpiry?: boolean
}

export interface SessionOptions {
  /**
   * Of 32 or more characters each. The first seals, all unseal: put a new one in front, drop the old one later. A source is
   * asked once a second, and new secrets are in use from then on, without a restart; while it throws or gives what can't be
   * used, those of before stay.
   */
  readonly secrets: readonly string[] | SecretSource
  /**
   * `cookie`: the session lies sealed in the browser's cookie. `server`: it lies in the store, sealed with a key that only
   * the browser's cookie holds; for sessions that are too large for cookies, and for who must be able to end them all.
   * @default 'cookie'
   */
  readonly mode?: 'cookie' | 'server'
  /**
   * The claims of the ID token or of userinfo that a session keeps and `/auth/session` tells the page as `user`, beside `sub`. It takes the
   * place of the list that is the default. They lie in the session's cookie: keep to what the page shows.
   * @default name, given_name, family_name, nickname, preferred_username, email, email_verified, picture, locale
   */
  readonly claims?: readonly string[]
  /** A session ends after so much time without a call. In seconds. @default 1800 */
  readonly idleSeconds?: number
  /** A session ends after so much time whatever happens. In seconds. @default 28800 */
  readonly maxSeconds?: number
  /**
   * How long a call may come late with a cookie from before a refresh and still be served, once the browser has shown that it
   * has the new one. In seconds. @default 60
   */
  readonly replaySeconds?: number
}

export interface UpstreamOptions extends Omit<Upstream, 'target'> {
  /** Base URL that replaces the prefix: `/api/notes` → `<target>/notes`. */
  readonly target: string
}

/** One consent of a user for what the app does while they are away. */
export interface GrantOptions {
  /** What the user reads: a few words, such as `Nightly digest`. */
  readonly title: string
  /** What the user reads: what is done with it, in one sentence. */
  readonly sentence: string
  /** What its access tokens may do. `openid` and `offline_access` are asked for in any case. */
  readonly scopes: readonly string[]
  /** The API that its tokens are for, as an absolute URI (RFC 8707). @default that of a sign-in */
  readonly resource?: string
  /** How long it lasts at most; then the user is asked again. In seconds. @default 31536000 (a year) */
  readonly longestSeconds?: number
  /**
   * More authorization parameters, for a provider that wants others for offline access, such as `{ access_type: 'offline' }`.
   * `prompt` is `consent` unless it is said here, and must hold that word. @default none
   */
  readonly authorizeParameters?: Readonly<Record<string, string>>
}
