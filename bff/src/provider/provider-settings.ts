import type { SigningAlgorithm } from '../base/signing-algorithms.ts'
import type { ClientAuthentication } from './client-authentication.ts'

/** What the operator says of the provider. */
export interface ProviderSettings {
  readonly issuer: URL
  /** The same to the letter, as the operator has written it. */
  readonly issuerIdentifier: string
  readonly clientId: string
  readonly clientSecret: string
  /** `null`: `client_secret_post` where the provider takes it. */
  readonly clientAuthentication: ClientAuthentication | null
  /** The one algorithm that tokens for us are signed with; `null`: any that the provider offers. */
  readonly idTokenAlgorithm: SigningAlgorithm | null
  /** Who else a token may be made for. */
  readonly trustedAudiences: readonly string[]
  readonly fetch: typeof fetch
}
