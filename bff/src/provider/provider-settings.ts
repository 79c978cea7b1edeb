import type { SigningAlgorithm } from '../base/signing-algorithms.ts'
import type { ClientAuthentication } from '../base/client-authentications.ts'
import type { ClientCertificate } from '../base/client-certificate.ts'
import type { ClientKey } from '../base/client-keys.ts'
import type { DecryptionKey } from '../base/decryption-keys.ts'
import type { EncryptedAnswer } from '../base/encrypted-answers.ts'

/** When the provider is handed the ID token of the session that is to end there. */
export type EndSessionHint = 'optional' | 'while-valid' | 'required'

/** `when-needed`: at sign-in, for what the ID token lacks; `after-refresh`: at each renewal, too. */
export type UserinfoDemand = 'when-needed' | 'after-refresh' | 'never'

/** `restore`: before the first call of a session that this process has not seen; a number: as often, in seconds. */
export type IntrospectionDemand = 'never' | 'restore' | number

/** How the answer of the authorization endpoint comes: as plain parameters, or all of them in a JWT (JARM). */
export type ResponseMode = 'query' | 'jwt'

/** `when-offered`: wherever the provider can take it; `when-required`: only where it insists. */
export type PushedRequests = 'when-offered' | 'when-required'

/** Whether what is asked for is signed with the client's key (RFC 9101): only where the provider insists, or always. */
export type SignedRequests = 'when-required' | 'always'

/** What becomes of an access token that is not bound to the client's certificate: it is refused, the log tells of it, or nothing. */
export type CertificateBinding = 'required' | 'expected' | null

/** What the operator says of the provider, and what it is to know of us. */
export interface ProviderSettings {
  readonly issuer: URL
  /** The same to the letter, as the operator has written it. */
  readonly issuerIdentifier: string
  /** Where the discovery document is, if not below the issuer. */
  readonly discoveryUrl: URL | null
  readonly clientId: string
  /** Empty where keys prove who we are. */
  readonly clientSecret: string
  /** The first signs, all are published. */
  readonly clientKeys: readonly ClientKey[]
  /** Whom an assertion of ours is for. */
  readonly clientAssertionAudience: 'issuer' | 'token-endpoint'
  /** `null`: the secret, as the provider takes it. */
  readonly clientAuthentication: ClientAuthentication | null
  readonly scope: string
  readonly pushedRequests: PushedRequests
  readonly signedRequests: SignedRequests
  readonly responseMode: ResponseMode
  /** For what the provider encrypts. */
  readonly decryptionKeys: readonly DecryptionKey[]
  /** What must come encrypted. */
  readonly encryptedAnswers: readonly EncryptedAnswer[]
  /** Shown to the provider on every connection. `fetch` sees to it. */
  readonly clientCertificate: ClientCertificate | null
  readonly certificateBinding: CertificateBinding
  readonly profile: 'fapi2' | null
  /** Whether access tokens are asked to be bound to a key of their session (RFC 9449). */
  readonly dpop: boolean
  /** Whether bearer tokens are taken that come in the place of bound ones. */
  readonly acceptBearerTokens: boolean
  readonly authorizeParameters: Readonly<Record<string, string>>
  readonly endSession: {
    /** In the place of what the discovery document says. */
    readonly url: URL | null
    /** What the provider calls where to come back to. */
    readonly returnParameter: string
    readonly hint: EndSessionHint
  }
  /** APIs that tokens will be asked for one by one, beside the session's own: the sign-in asks for them, too (RFC 8707 §2.1). */
  readonly resources: readonly string[]
  /** The one algorithm that tokens for us are signed with; `null`: any that the provider offers. */
  readonly idTokenAlgorithm: SigningAlgorithm | null
  /** Who else a token may be made for. */
  readonly trustedAudiences: readonly string[]
  readonly userinfo: UserinfoDemand
  /** That the app asks for beside a name and an address: what the ID token lacks of them, userinfo may have. */
  readonly wantedClaims: readonly string[]
  /** When the provider is asked whether an access token is good still. */
  readonly introspection: IntrospectionDemand
  /** Whether userinfo serves for that where there is no introspection endpoint. */
  readonly introspectByUserinfo: boolean
  /** Whether a logout token's header must say `typ: logout+jwt`. */
  readonly requireLogoutTokenType: boolean
  /** Whether a logout token may lack `exp`. */
  readonly acceptLogoutTokensWithoutExpiry: boolean
  /** Registered at the provider. Built from the public URL, never from a request. */
  readonly callbackUrl: URL
  readonly postLogoutUrl: URL
  readonly fetch: typeof fetch
}
