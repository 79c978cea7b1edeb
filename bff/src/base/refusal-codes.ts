/** No I/O. */

/**
 * Why we ourselves refuse what a refresh, an exchange or userinfo has brought, as the log names it in the place where it names the
 * code of a provider that refuses.
 */
export type OwnRefusal =
  /** What came can't be an access token, a refresh token or an ID token at all: one with a line break in it, an empty one. */
  | 'unusable_token'
  /** `token_type` is none that we can call an API with (RFC 6749 §7.1). */
  | 'unusable_token_type'
  /** What an exchange gave is no access token (`issued_token_type`, RFC 8693 §2.2.1). */
  | 'unusable_issued_token_type'
  /** The access token is not bound, or not to what it was asked to be bound to (RFC 9449 §5, RFC 8705 §3). */
  | 'token_not_bound'
  /** The ID token does not hold up (OpenID Connect Core §12.2). */
  | 'untrusted_id_token'
  /** Userinfo is about another user (OpenID Connect Core §5.3.2). */
  | 'untrusted_userinfo'

const ownRefusals: Readonly<Record<OwnRefusal, true>> = {
  unusable_token: true,
  unusable_token_type: true,
  unusable_issued_token_type: true,
  token_not_bound: true,
  untrusted_id_token: true,
  untrusted_userinfo: true,
}

/** Whether it is we who refuse. */
export function isOwnRefusal(code: string): boolean {
  return Object.hasOwn(ownRefusals, code)
}

/** Whether a code says what is refused. Of the provider's that is `invalid_grant` alone (RFC 6749 §5.2). */
export function isPlainRefusal(code: string): boolean {
  return code === 'invalid_grant' || isOwnRefusal(code)
}
