/** How a session ended, as the log tells it. */
export type SessionEnd =
  | 'signed-out'
  | 'signed-out-elsewhere'
  | 'signed-out-at-provider'
  | 'replaced'
  | 'user-changed'
  | 'idle'
  | 'absolute'
  | 'token-expired'
  | 'refresh-refused'
  | 'token-revoked'
  | 'superseded'

/**
 * Everything that is expected to go wrong, with what a log may want to know. What the browser hears of it is decided
 * in `failure-to-problem.ts` alone.
 */
export type Failure =
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'session-ended'; readonly end: SessionEnd }
  /** The page that calls was drawn for another user than the one whose session it is now. */
  | { readonly kind: 'owner-changed' }
  | { readonly kind: 'csrf'; readonly reason: string }
  | { readonly kind: 'not-a-navigation' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'malformed-request'; readonly reason: string }
  | { readonly kind: 'body-too-large' }
  | { readonly kind: 'body-too-slow' }
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number }
  | SignInFailure
  | ConnectFailure
  | ProviderFailure
  | NarrowingFailure
  | UpstreamFailure
  | StoreFailure

/** Why a sign-in did not come about. Shown to a person, as a page. */
export type SignInFailure =
  /** The user or the provider said no (RFC 6749 §4.1.2.1). `providerCode` is the provider's `error`. */
  | {
      readonly kind: 'sign-in-refused'
      readonly providerCode: string
      /** Whether the browser had a session when the attempt began, and has it still. */
      readonly stillSignedIn?: boolean
    }
  /** The attempt was answered before: each counts once. */
  | { readonly kind: 'sign-in-answered' }
  /** This browser has no attempt under way that fits: too late, or begun elsewhere. */
  | { readonly kind: 'sign-in-unknown'; readonly cookies: 'none' | 'some' }
  /** The same, from a browser that comes from another site and so withholds the session that it may have. */
  | { readonly kind: 'session-withheld'; readonly answered: boolean }
  /** The app sends a browser to sign in again and again that has just signed in, or (`silent`) that nobody may be asked in. */
  | { readonly kind: 'sign-in-loop'; readonly rounds: number; readonly silent?: boolean }
  /** What came back did not hold up: state, issuer, nonce, signature, claims. */
  | { readonly kind: 'sign-in-invalid'; readonly cause: unknown }
  /** The session would not fit into cookies. */
  | { readonly kind: 'session-too-large'; readonly bytes: number }

/** Why a grant was not connected. Shown to a person, as a page. */
export type ConnectFailure =
  /** The link was followed from a page that is not the app's. */
  | { readonly kind: 'connect-foreign' }
  /** The user or the provider said no (RFC 6749 §4.1.2.1). `providerCode` is the provider's `error`. */
  | { readonly kind: 'connect-refused'; readonly providerCode: string }
  /** The attempt was answered before, took too long, or was begun elsewhere. */
  | { readonly kind: 'connect-answered' }
  /** Whoever consented at the provider is not who is signed in here. */
  | { readonly kind: 'connect-another-user' }
  /** The session in which it was begun ended meanwhile. */
  | { readonly kind: 'connect-session-over' }
  /** The provider gave no refresh token. */
  | { readonly kind: 'connect-unrefreshable' }
  /** What came back did not hold up: state, issuer, nonce, signature, claims. */
  | { readonly kind: 'connect-invalid'; readonly cause: unknown }

/** What must be true of a sign-in (RFC 9470 §3). Nothing said: whatever the provider asks by itself. */
export interface StepUpDemand {
  /** Its `acr` must be one of them; none for any. */
  readonly acrValues: readonly string[]
  /** How long ago the user may have signed in at the provider; null for any time. */
  readonly maxAgeSeconds: number | null
}

export type ProviderFailure =
  /** Fatal: the refresh token is spent or revoked; the user must sign in again. */
  | { readonly kind: 'refresh-refused'; readonly providerCode: string }
  /** The provider or an API wants more of the user's sign-in than there is. */
  | ({ readonly kind: 'step-up-required' } & StepUpDemand)
  /** Transient: no answer, or none that means anything. What is still valid may still serve. */
  | {
      readonly kind: 'provider-unreachable'
      readonly cause: unknown
      readonly retryAfterSeconds: number | null
      /** It did answer, in JSON that means nothing: it is not down, and there is nobody to spare. */
      readonly isMalformed?: true
    }
  /** The provider does not accept us as a client: a fault of the configuration, never of the user. */
  | { readonly kind: 'client-refused'; readonly providerCode: string }

/** The provider won't give a token for one API: a fault of the configuration, or of what the user may do. The session lives on. */
export interface NarrowingFailure {
  readonly kind: 'narrowing-refused'
  readonly providerCode: string
}

/** Why a user's grant gives no token for a call while they are away. */
export type GrantFailure =
  /** There is none, or not the one any more that the run began with. */
  | { readonly kind: 'grant-withdrawn' }
  | { readonly kind: 'grant-expired' }
  /** It is there, sealed by keys that this instance has not: another instance goes on with it. */
  | { readonly kind: 'grant-unreadable' }
  /** The user has to connect it again. */
  | { readonly kind: 'grant-broken'; readonly reason: string }
  | Extract<ProviderFailure, { readonly kind: 'provider-unreachable' | 'client-refused' }>

/** What a logout token was refused for: the claim or the part of it that did not hold up (Back-Channel Logout §2.6). */
export type LogoutTokenFault =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'typ'
  | 'iss'
  | 'aud'
  | 'azp'
  | 'iat'
  | 'nbf'
  | 'exp'
  | 'jti'
  | 'events'
  | 'nonce'
  | 'sub or sid'

/** Said to the provider alone, in the words of its own standard: never a problem. */
export interface LogoutTokenFailure {
  readonly kind: 'logout-token-refused'
  readonly fault: LogoutTokenFault
}

/** The store did not answer in time. What needs it must wait; nothing is ended and no cookie is cleared. */
export interface StoreFailure {
  readonly kind: 'store-unreachable'
  readonly cause: unknown
}

export type UpstreamFailure =
  | { readonly kind: 'upstream-unreachable'; readonly cause: unknown }
  | { readonly kind: 'upstream-timeout'; readonly seconds: number }
  /** The API did nothing before it sees its newest nonce in the proof (RFC 9449 §9), and the call could not be made again. */
  | { readonly kind: 'nonce-wanted'; readonly cause: unknown }

/** A failure on its way out of the middleware chain. `edge/problem-boundary.ts` alone turns it into an answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

/** A refusal for a person who is on the way to sign in: they get a page, and a way to try again. */
export class SignInRefusal extends Refusal {
  declare readonly failure: SignInFailure | ProviderFailure | StoreFailure
  /** The path that the sign-in was to end at. */
  readonly returnTo: string

  constructor(failure: SignInFailure | ProviderFailure | StoreFailure, returnTo: string) {
    super(failure)
    this.returnTo = returnTo
  }
}

/** A refusal for a person who is on the way to connect a grant: they get a page, and ways on. */
export class ConnectRefusal extends Refusal {
  declare readonly failure: ConnectFailure | ProviderFailure | StoreFailure
  readonly way: {
    /** Which grant, as far as it is known. */
    readonly grant: { readonly name: string; readonly title: string } | null
    /** The path that it was to end at. */
    readonly returnTo: string
  }

  constructor(
    failure: ConnectFailure | ProviderFailure | StoreFailure,
    way: ConnectRefusal['way'],
  ) {
    super(failure)
    this.way = way
  }
}
