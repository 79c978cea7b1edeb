import type { ProviderSettings } from './provider-settings.ts'
import type { LogoutTokenRules } from './verify-logout-token.ts'

/** What the operator says of sign-ins and sign-outs at the provider. */
export interface OpenidProviderSettings extends ProviderSettings, LogoutTokenRules {
  readonly scope: string
  readonly authorizeParameters: Readonly<Record<string, string>>
  readonly userinfo: 'when-needed' | 'never'
  /** Registered at the provider. Built from the public URL, never from a request. */
  readonly callbackUrl: URL
  readonly postLogoutUrl: URL
}
