import { routes } from '@strongroom/client'
import { certifiedFetch } from '../base/certified-fetch.ts'
import { silentTelemetry } from './silent-telemetry.ts'
import type { ServerOptions } from '../options/from-env.ts'
import { resolveOptions, type Settings } from '../options/resolve-options.ts'
import { boundedFetch } from '../provider/bounded-fetch.ts'
import { openidProvider } from '../provider/openid-provider.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import type { ProviderSettings } from '../provider/provider-settings.ts'
import { resourcesOf } from '../proxy/upstream.ts'
import { readDocument, type ProviderDocument } from './provider-document.ts'

/** What the checks look at. */
export interface Patient {
  readonly settings: Settings
  readonly options: ServerOptions
  readonly env: NodeJS.ProcessEnv
  /** What the provider says of itself, asked for once. */
  document(): Promise<ProviderDocument>
  /** Asks one URL, follows no redirect, reads no more than it should, and waits for eight seconds at most. */
  ask(url: string | URL, init?: RequestInit): Promise<Response>
  /** The provider, as the server would use it; with some of its settings changed on request. */
  provider(change?: Partial<ProviderSettings>): IdentityProvider
  readonly callbackUrl: URL
  readonly postLogoutUrl: URL
}

const patienceMilliseconds = 8000

/** @param options  such as {@link resolveOptions} finds nothing wrong with */
export function patientOf(options: ServerOptions, env: NodeJS.ProcessEnv): Patient {
  const resolved = resolveOptions(options.bff)
  if (!resolved.ok) throw new TypeError('the settings are to be checked first')
  const settings = resolved.value
  const callbackUrl = new URL(routes.callback, settings.publicUrl)
  const postLogoutUrl = new URL(routes.home, settings.publicUrl)
  const bounded = boundedFetch(settings.fetch)
  const ask: Patient['ask'] = (url, init = {}) =>
    bounded(url, { ...init, signal: AbortSignal.timeout(patienceMilliseconds) })
  let document: Promise<ProviderDocument> | null = null

  const provider: Patient['provider'] = (change = {}) =>
    openidProvider(
      {
        ...settings.provider,
        resources: resourcesOf(settings.upstreams),
        wantedClaims: [],
        fetch: certifiedFetch(settings.fetch, settings.provider.clientCertificate),
        callbackUrl,
        postLogoutUrl,
        ...change,
      },
      settings.clock,
      silentTelemetry,
    )

  return {
    settings,
    options,
    env,
    ask,
    provider,
    callbackUrl,
    postLogoutUrl,
    document: () => (document ??= readDocument(settings, ask)),
  }
}
