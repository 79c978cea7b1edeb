import type { ProviderSettings } from './provider-settings.ts'
import type { LogoutTokenRules } from './verify-logout-token.ts'

/** What the operator says of sign-ins and sign-outs at the provider. */
export interface OpenidProviderSettings extends ProviderSettings, LogoutTokenRules {
  readonly scope: string
  readonly authorizeParameters: Readonly<Record<string, string>>
  /** APIs that tokens will be asked for one by one, beside the session's own: the sign-in asks for them, too (RFC 8707 §2.1). */
  readonly resources: readonly string[]
  readonly userinfo: 'when-needed' | 'never'
  /** Registered at the provider. Built from the public URL, never from a request. */
  readonly callbackUrl: URL
  readonly postLogoutUrl: URL
}
