import type { Telemetry } from '../observability/telemetry.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { openidProvider } from '../provider/openid-provider.ts'
import type { ProviderSettings } from '../provider/provider-settings.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { baseOptions, publicUrl, type TestBff } from './test-bff.ts'

/** The provider of a test world as a BFF with other settings would use it, such as no BFF on a simulated internet may have. */
export function providerOf(
  { clock, internet }: TestBff,
  change: Partial<ProviderSettings>,
  telemetry: Telemetry = { record: () => {} },
): IdentityProvider {
  const resolved = resolveOptions(baseOptions)
  if (!resolved.ok) throw new TypeError('the settings are wrong')
  return openidProvider(
    {
      ...resolved.value.provider,
      resources: [],
      wantedClaims: [],
      fetch: internet.fetch,
      callbackUrl: new URL('/auth/callback', publicUrl),
      postLogoutUrl: new URL(publicUrl),
      ...change,
    },
    clock,
    telemetry,
  )
}
