import { err, ok, type Result } from '@strongroom/client'
import type { LevelWithSilent } from 'pino'
import type { SecretSource } from '../base/key-ring.ts'
import { PlainError } from '../base/plain-error.ts'
import type { Store } from '../keyvalue/store.ts'
import { logTelemetry, type Telemetry } from '../observability/telemetry.ts'
import type { IntrospectionDemand } from '../provider/provider-settings.ts'
import type { StopTimes } from '../stop.ts'
import { checkConfig, withoutFaulty } from './check-config.ts'
import type { Config } from './config.ts'
import { noConfigFile, type ConfigFile } from './config-file.ts'
import type { EnvironmentName } from './environment.ts'
import { isSet, namedBySource, read, saidTwice } from './given.ts'
import { keyFileNotices, readKeyFiles, type KeyFiles } from './key-files.ts'
import type { BffOptions, ProviderOptions } from './options.ts'
import type { Fault } from './fault.ts'
import { resolveOptions } from './resolve-options.ts'
import * as rules from './rules.ts'
import { secretFile, secretsIn } from './secret-file.ts'
import { clientNotices } from './startup-notices.ts'
import { upstreamTable } from './upstream-table.ts'
import type { CredentialSource } from './watched-credentials.ts'

/** What the process needs beside the options: where to listen, and how much to say. */
export interface ServerOptions {
  readonly bff: BffOptions & { readonly telemetry: Telemetry }
  readonly host: string
  readonly port: number
  /** Where `/metrics` is served, if it is. */
  readonly ops: { readonly host: string; readonly port: number } | null
  readonly stop: StopTimes
  /** What an operator should know of how this client proves itself, though nothing is wrong. */
  readonly notices: readonly string[]
}

/**
 * Fills the options from the environment and, where that is silent, from the file.
 *
 * @returns the options, or every fault, named by the variable or the file that has it
 */
export function optionsFromEnv(
  env: NodeJS.ProcessEnv,
  file: ConfigFile = noConfigFile,
): Result<ServerOptions, readonly Fault[]> {
  const misshapen = checkConfig(file.config)
  const config = withoutFaulty(file.config, misshapen)
  const keyFiles = readKeyFiles(env)
  const bff = bffOptions(env, config, keyFiles)

  const resolved = resolveOptions(bff)
  const known = new Set([...misshapen, ...keyFiles.faults].map(({ option }) => option))
  const wrong = resolved.ok ? [] : resolved.error.filter(({ option }) => !known.has(option))
  const twice = saidTwice(env)
  const faults = [
    ...misshapen.map(({ option, text }) => ({ option: `${file.name} ${option}`, text })),
    ...namedBySource([...keyFiles.faults, ...wrong], env, { ...file, config }).filter(
      ({ option }) => !twice.some((fault) => fault.option === option),
    ),
    ...twice,
    ...processFaults(env),
  ]
  if (faults.length > 0) return err(faults)

  const [host, port, opsPort] = [read(env, 'HOST'), read(env, 'PORT'), read(env, 'OPS_PORT')]
  const ops =
    opsPort === '' ? null : { host: read(env, 'OPS_HOST'), port: parseWholeNumber(opsPort) }
  const stop = {
    delaySeconds: parseWholeNumber(read(env, 'SHUTDOWN_DELAY_SECONDS')),
    graceSeconds: parseWholeNumber(read(env, 'SHUTDOWN_GRACE_SECONDS')),
  }
  return ok({
    bff,
    host,
    port: parseWholeNumber(port),
    ops,
    stop,
    notices: [...keyFileNotices(env), ...clientNotices(bff.provider)],
  })
}

function bffOptions(
  env: NodeJS.ProcessEnv,
  config: Config,
  keyFiles: KeyFiles,
): ServerOptions['bff'] {
  /** What the environment says, else the file, else the default. */
  function pick<T>(name: EnvironmentName, parse: (text: string) => T, said: T | undefined): T {
    return said === undefined || isSet(env, name) ? parse(read(env, name)) : said
  }
  const { provider, session } = config
  const logLevel = read(env, 'LOG_LEVEL') as LevelWithSilent
  return {
    ...config,
    publicUrl: pick('PUBLIC_URL', asIs, config.publicUrl),
    provider: {
      clientId: '',
      ...provider,
      ...providerFromEnv(env),
      ...renewedFrom(env, keyFiles, provider?.credentialSource),
    },
    upstreams: upstreamTable(read(env, 'API_UPSTREAM'), config.upstreams).rows,
    session: {
      ...session,
      secrets: secretsOf(env, session?.secrets),
      mode: pick('SESSION_MODE', (text) => text as 'cookie' | 'server', session?.mode),
      idleSeconds: pick('SESSION_IDLE_SECONDS', parseWholeNumber, session?.idleSeconds),
      maxSeconds: pick('SESSION_MAX_SECONDS', parseWholeNumber, session?.maxSeconds),
    },
    store: pick('STORE_URL', asIs as (text: string) => string | Store, config.store),
    spaDir: pick('SPA_DIR', (text) => (text === '' ? null : text), config.spaDir),
    trustedProxies: pick('TRUSTED_PROXIES', list, config.trustedProxies),
    rateLimitPerMinute: pick('RATE_LIMIT_PER_MINUTE', parseWholeNumber, config.rateLimitPerMinute),
    jobRunner: {
      ...config.jobRunner,
      where: pick('JOBS_RUN', (text) => text as 'here' | 'elsewhere', config.jobRunner?.where),
    },
    telemetry: config.telemetry ?? logTelemetry(logLevels.includes(logLevel) ? logLevel : 'info'),
  }
}

/** The files are read again while the process runs, since what is in them ends. What they leave out is asked of the file's own source. */
function renewedFrom(
  env: NodeJS.ProcessEnv,
  { texts }: KeyFiles,
  source: CredentialSource | undefined,
): Partial<ProviderOptions> {
  if (Object.keys(texts).length === 0) return {}
  function current() {
    const { faults, texts } = readKeyFiles(env)
    if (faults.length > 0) throw new PlainError('a file of a key can’t be read')
    return { ...source?.current(), ...texts }
  }
  return { ...texts, credentialSource: { current } }
}

/** What the environment says of the provider: what it leaves out, the file or a preset may say. */
function providerFromEnv(env: NodeJS.ProcessEnv): Partial<ProviderOptions> {
  const said = Object.entries(providerVariables).filter(([, name]) => isSet(env, name))
  const texts = Object.fromEntries(said.map(([option, name]) => [option, read(env, name)]))
  const parameters = new URLSearchParams(read(env, 'OIDC_AUTHORIZE_PARAMS'))
  return {
    ...texts,
    ...(isSet(env, 'OIDC_INTROSPECTION') && {
      introspection: introspection(read(env, 'OIDC_INTROSPECTION')),
    }),
    ...(isSet(env, 'OIDC_CLIENT_KEY') && { clientKeys: unescaped(read(env, 'OIDC_CLIENT_KEY')) }),
    ...(isSet(env, 'OIDC_AUTHORIZE_PARAMS') && {
      authorizeParameters: Object.fromEntries(parameters),
    }),
    ...(isSet(env, 'OIDC_DPOP') && { dpop: read(env, 'OIDC_DPOP') === 'on' }),
  }
}

const providerVariables: { readonly [Option in keyof ProviderOptions]?: EnvironmentName } = {
  preset: 'OIDC_PROVIDER',
  issuer: 'OIDC_ISSUER',
  discoveryUrl: 'OIDC_DISCOVERY_URL',
  clientId: 'OIDC_CLIENT_ID',
  clientSecret: 'OIDC_CLIENT_SECRET',
  clientJwksPath: 'OIDC_CLIENT_JWKS_PATH',
  clientAuthentication: 'OIDC_CLIENT_AUTH',
  scope: 'OIDC_SCOPE',
  endSessionUrl: 'OIDC_END_SESSION_URL',
  profile: 'OIDC_PROFILE',
}

/** Line breaks of PEM as environment files have them, which know one line alone. */
function unescaped(text: string): string {
  return text.startsWith('{') ? text : text.replaceAll(String.raw`\n`, '\n')
}

function secretsOf(
  env: NodeJS.ProcessEnv,
  said: readonly string[] | SecretSource | undefined,
): readonly string[] | SecretSource {
  if (isSet(env, 'SESSION_SECRET_FILE')) return secretFile(read(env, 'SESSION_SECRET_FILE'))
  return said === undefined || isSet(env, 'SESSION_SECRET')
    ? secretsIn(read(env, 'SESSION_SECRET'))
    : said
}

/** What is wrong with what concerns the process alone, or is said otherwise than by the options. */
function processFaults(env: NodeJS.ProcessEnv): readonly Fault[] {
  const opsPort = read(env, 'OPS_PORT')
  const levelIsKnown = logLevels.includes(read(env, 'LOG_LEVEL') as LevelWithSilent)
  const texts: Partial<Record<EnvironmentName, string | null>> = {
    PORT: rules.wholeNumber(0, 65_535)(parseWholeNumber(read(env, 'PORT'))),
    OIDC_DPOP: ['on', 'off'].includes(read(env, 'OIDC_DPOP'))
      ? null
      : 'is neither on nor off. Use one of them.',
    LOG_LEVEL: levelIsKnown ? null : `is not a level. Use one of ${logLevels.join(', ')}.`,
    SHUTDOWN_DELAY_SECONDS: seconds(0, read(env, 'SHUTDOWN_DELAY_SECONDS')),
    SHUTDOWN_GRACE_SECONDS: seconds(1, read(env, 'SHUTDOWN_GRACE_SECONDS')),
    OPS_PORT: opsPort === '' ? null : opsPortFault(opsPort, read(env, 'PORT')),
  }
  return Object.entries(texts).flatMap(([option, text]) =>
    text === null ? [] : [{ option, text }],
  )
}

function seconds(least: number, text: string): string | null {
  return rules.wholeNumber(least, 3600)(parseWholeNumber(text))
}

function opsPortFault(opsPort: string, port: string): string | null {
  if (opsPort === port && opsPort !== '0')
    return 'is the same as PORT, which browsers reach. Choose another.'
  return rules.wholeNumber(0, 65_535)(parseWholeNumber(opsPort))
}

const logLevels: readonly LevelWithSilent[] = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
]

/** Anything else is told by the option's own rule. */
function introspection(text: string): IntrospectionDemand {
  return text === 'never' || text === 'restore' ? text : parseWholeNumber(text)
}

function asIs(value: string): string {
  return value
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function parseWholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN
}
