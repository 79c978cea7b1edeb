import { join } from 'node:path'
import { routes } from '@strongroom/client'
import { isReserved, reservedPaths } from '../base/reserved-paths.ts'
import { createBff, type Bff } from '../create-bff.ts'
import { securityHeaders, type AnswerHeaders } from '../edge/security-headers.ts'
import { signedOutPrefix } from '../logout/signed-out-states.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Config } from '../options/config.ts'
import { configFromFile, type ConfigFile } from '../options/config-file.ts'
import { faultReport } from '../options/fault-report.ts'
import { optionsFromEnv } from '../options/from-env.ts'
import { isSet, namedBySource, read } from '../options/given.ts'
import { InvalidOptions } from '../options/invalid-options.ts'
import type { UpstreamOptions } from '../options/options.ts'
import { withPreset } from '../options/presets/with-preset.ts'
import { CannotStart } from './cannot-start.ts'
import { startDemoProvider, type DemoProvider, type DemoProviderOptions } from './demo-provider.ts'
import { ownFolder } from './own-folder.ts'
import { relaxedHeaders } from './relaxed-headers.ts'
import { developmentSecret } from './development-secret.ts'

export interface DevelopmentOptions {
  /** Where `strongroom.config.ts` and `.strongroom` lie. */
  readonly folder: string
  /** The environment, `.env` included. Empty is unset. */
  readonly env: NodeJS.ProcessEnv
  /** The origin that browsers see, where the environment names none. */
  readonly publicUrl: string
  /** Wins over the file. */
  readonly config?: Config
  readonly demoProvider?: DemoProviderOptions
}

/** Strongroom as it stands in front of an app that is being written. */
export interface Development {
  readonly bff: Bff
  readonly publicUrl: URL
  readonly issuer: string
  /** Null with a provider of one's own. */
  readonly demoProvider: DemoProvider | null
  readonly upstreams: readonly UpstreamOptions[]
  readonly telemetry: Telemetry
  /** Whether Strongroom itself answers a request target such as `/api/notes?x=1` (RFC 9112 §3.2.1), or the app. */
  isOwn(target: string): boolean
  /** What stands on every page and file of the app: as in production, but for what hot reload needs. */
  readonly appHeaders: AnswerHeaders
  close(): Promise<void>
}

/**
 * The same options as in production, with what is left unsaid filled in for one machine: a provider, a secret, a place for
 * the store.
 *
 * @throws CannotStart
 */
export async function openDevelopment(options: DevelopmentOptions): Promise<Development> {
  const { folder, publicUrl } = options
  const file = await readConfig(folder, options.config)
  const said = { PUBLIC_URL: publicUrl, ...withoutEmpty(options.env) }
  const demoProvider = await demoProviderFor(said, file, options.demoProvider)
  const env: NodeJS.ProcessEnv = {
    LOG_LEVEL: 'warn',
    ...(file.config.store === undefined && {
      STORE_URL: `sqlite:${join(ownFolder(folder), 'store.db')}`,
    }),
    ...(needsSecret(said, file.config) && { SESSION_SECRET: developmentSecret(folder) }),
    ...said,
    ...(demoProvider && {
      OIDC_ISSUER: demoProvider.issuer,
      OIDC_CLIENT_ID: demoProvider.clientId,
      OIDC_CLIENT_SECRET: demoProvider.clientSecret,
    }),
    // The app comes from its own dev server.
    SPA_DIR: '',
  }
  try {
    return { ...open(env, file), demoProvider }
  } catch (error) {
    await demoProvider?.stop()
    throw error
  }
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
}

function open(env: NodeJS.ProcessEnv, file: ConfigFile): Omit<Development, 'demoProvider'> {
  const options = optionsFromEnv(env, file)
  if (!options.ok) throw new CannotStart(faultReport(options.error))
  const { publicUrl, provider, telemetry, upstreams } = options.value.bff
  const bff = createOrTell(() => createBff(options.value.bff), env, file)
  const { issuer = '' } = withPreset(provider)
  const reserved = reservedPaths(upstreams)
  const url = new URL(publicUrl)
  return {
    bff,
    publicUrl: url,
    issuer,
    upstreams,
    telemetry,
    isOwn: (target) => isReturn(target) || isReserved(pathOf(target), reserved),
    appHeaders: relaxedHeaders(securityHeaders(url, new URL(issuer), () => null)()),
    close: () => bff.close(),
  }
}

/** Back from the provider after a sign-out, which Strongroom leads on. */
function isReturn(target: string): boolean {
  const state = new URLSearchParams(target.split('?', 2)[1]).get('state')
  return pathOf(target) === routes.home && state?.startsWith(signedOutPrefix) === true
}

function pathOf(target: string): string {
  return target.split('?', 1).join('')
}

function createOrTell(create: () => Bff, env: NodeJS.ProcessEnv, file: ConfigFile): Bff {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    throw new CannotStart(faultReport(namedBySource(error.faults, env, file)))
  }
}

async function readConfig(folder: string, more: Config = {}): Promise<ConfigFile> {
  const file = await configFromFile(folder)
  if (!file.ok) throw new CannotStart(faultReport(file.error))
  const { name, config } = file.value
  return { name, config: { ...config, ...more } }
}

function needsSecret(env: NodeJS.ProcessEnv, { session }: Config): boolean {
  const isSaid = isSet(env, 'SESSION_SECRET') || isSet(env, 'SESSION_SECRET_FILE')
  return !isSaid && session?.secrets === undefined
}

/** Who names no issuer has no provider yet. */
async function demoProviderFor(
  env: NodeJS.ProcessEnv,
  { config }: ConfigFile,
  options: DemoProviderOptions = {},
): Promise<DemoProvider | null> {
  if (isSet(env, 'OIDC_ISSUER') || isSet(env, 'OIDC_PROVIDER')) return null
  if (config.provider?.issuer !== undefined || config.provider?.preset !== undefined) return null
  const signIn = isSet(env, 'OIDC_SCOPE') ? undefined : config.provider?.scope
  const grants = Object.values(config.grants ?? {}).flatMap(({ scopes }) => scopes)
  const scope = [signIn ?? read(env, 'OIDC_SCOPE'), ...grants].join(' ')
  return startDemoProvider({ ...options, publicUrl: read(env, 'PUBLIC_URL'), scope })
}
