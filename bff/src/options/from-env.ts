import { err, ok, type Result } from '@strongroom/client'
import type { LevelWithSilent } from 'pino'
import { logTelemetry, type Telemetry } from '../observability/telemetry.ts'
import type { ClientAuthentication } from '../provider/client-authentication.ts'
import { environment, type EnvironmentName } from './environment.ts'
import type { BffOptions } from './options.ts'
import { resolveOptions, type Fault } from './resolve-options.ts'
import * as rules from './rules.ts'
import { secretFile, secretsIn } from './secret-file.ts'

/** What the process needs beside the options: where to listen, and how much to say. */
export interface ServerOptions {
  readonly bff: BffOptions & { readonly telemetry: Telemetry }
  readonly host: string
  readonly port: number
  /** Where `/metrics` is served, if it is. */
  readonly ops: { readonly host: string; readonly port: number } | null
}

/**
 * Fills the options from the environment.
 *
 * @returns the options, or every fault, named by the variable that has it
 */
export function optionsFromEnv(env: NodeJS.ProcessEnv): Result<ServerOptions, readonly Fault[]> {
  // Empty is unset, save where it says "none".
  const read = (name: EnvironmentName): string =>
    (name === 'SPA_DIR' ? env[name]?.trim() : env[name]?.trim() || undefined) ??
    environment[name].default ??
    ''
  const clientAuthentication = read('OIDC_CLIENT_AUTH')
  const spaDir = read('SPA_DIR')
  const logLevel = read('LOG_LEVEL')
  const opsPort = read('OPS_PORT')
  const secret = read('SESSION_SECRET')
  const secretPath = read('SESSION_SECRET_FILE')
  const levelIsKnown = logLevels.includes(logLevel as LevelWithSilent)

  const bff: ServerOptions['bff'] = {
    publicUrl: read('PUBLIC_URL'),
    provider: {
      issuer: read('OIDC_ISSUER'),
      clientId: read('OIDC_CLIENT_ID'),
      clientSecret: read('OIDC_CLIENT_SECRET'),
      scope: read('OIDC_SCOPE'),
      authorizeParameters: Object.fromEntries(new URLSearchParams(read('OIDC_AUTHORIZE_PARAMS'))),
      ...(clientAuthentication === ''
        ? {}
        : { clientAuthentication: clientAuthentication as ClientAuthentication }),
    },
    upstreams: [{ prefix: '/api', target: read('API_UPSTREAM') }],
    session: {
      secrets: secretPath === '' ? secretsIn(secret) : secretFile(secretPath),
      mode: read('SESSION_MODE') as 'cookie' | 'server',
      idleSeconds: parseWholeNumber(read('SESSION_IDLE_SECONDS')),
      maxSeconds: parseWholeNumber(read('SESSION_MAX_SECONDS')),
    },
    store: read('STORE_URL'),
    spaDir: spaDir === '' ? null : spaDir,
    trustedProxies: list(read('TRUSTED_PROXIES')),
    rateLimitPerMinute: parseWholeNumber(read('RATE_LIMIT_PER_MINUTE')),
    telemetry: logTelemetry(levelIsKnown ? (logLevel as LevelWithSilent) : 'info'),
  }

  const resolved = resolveOptions(bff)
  const faults = resolved.ok ? [] : [...namedByVariable(resolved.error)]
  if (secretPath !== '') nameByFile(faults, secret)
  const check = (name: EnvironmentName, text: string | null) => {
    if (text !== null) faults.push({ option: name, text })
  }
  check('PORT', rules.wholeNumber(0, 65_535)(parseWholeNumber(read('PORT'))))
  check('LOG_LEVEL', levelIsKnown ? null : `is not a level. Use one of ${logLevels.join(', ')}.`)
  if (opsPort !== '') check('OPS_PORT', opsPortFault(opsPort, read('PORT')))
  return faults.length > 0
    ? err(faults)
    : ok({
        bff,
        host: read('HOST'),
        port: parseWholeNumber(read('PORT')),
        ops: opsPort === '' ? null : { host: read('OPS_HOST'), port: parseWholeNumber(opsPort) },
      })
}

function opsPortFault(opsPort: string, port: string): string | null {
  if (opsPort === port && opsPort !== '0')
    return 'is the same as PORT, which browsers reach. Choose another.'
  return rules.wholeNumber(0, 65_535)(parseWholeNumber(opsPort))
}

/** What is wrong with the secrets is wrong with the file. One that stands beside the variable leaves open which counts. */
function nameByFile(faults: Fault[], secret: string): void {
  const at = faults.findIndex(({ option }) => option === 'SESSION_SECRET')
  const text =
    secret === '' ? faults[at]?.text : 'is set beside SESSION_SECRET. Leave one of them out.'
  if (at !== -1) faults.splice(at, 1)
  if (text !== undefined) faults.push({ option: 'SESSION_SECRET_FILE', text })
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

function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function parseWholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN
}

/** The same faults, each named by the variable that fills its option. */
export function namedByVariable(faults: readonly Fault[]): readonly Fault[] {
  const names = Object.entries(environment)
  return faults.map((fault) => ({
    ...fault,
    option: names.find(([, { option }]) => option === fault.option)?.[0] ?? fault.option,
  }))
}
