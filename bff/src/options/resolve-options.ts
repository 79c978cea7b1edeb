import { err, ok, type Result } from '@strongroom/client'
import { defaultClaims } from '../base/claims.ts'
import { systemClock, type Clock } from '../base/clock.ts'
import { asSource, type SecretSource } from '../base/key-ring.ts'
import type { Job } from '../jobs/job.ts'
import type { Store } from '../keyvalue/store.ts'
import { withHook } from '../observability/event-hook.ts'
import { logTelemetry, type Telemetry } from '../observability/telemetry.ts'
import type { GrantDefinition } from '../offline/offline-grant.ts'
import type { ProviderSettings } from '../provider/provider-settings.ts'
import { longestPrefixFirst, type Upstream } from '../proxy/upstream.ts'
import type { SessionLimits } from '../session/session.ts'
import { authenticationOf } from './authentication-of.ts'
import { checkConfig, withoutFaulty } from './check-config.ts'
import type { RevokeAtSignOut } from '../tokens/revoke-tokens.ts'
import { certificateBindingOf } from './certificate-binding.ts'
import { checkClient } from './check-client.ts'
import { credentialsIn, renewalOf } from './credential-renewal.ts'
import { checkGrants } from './check-grants.ts'
import { checkJobRunner, checkJobs } from './check-jobs.ts'
import { checkAcrValues } from './check-acr-values.ts'
import { checkUpstreams } from './check-upstreams.ts'
import { definitionOf } from './grant-fields.ts'
import type { Fault } from './fault.ts'
import { callable, jobDefaults, resolveJob, type JobRunnerOptions } from './job-options.ts'
import type { BffOptions } from './options.ts'
import { withPreset, wrongIssuer } from './presets/with-preset.ts'
import * as rules from './rules.ts'
import { isRecord } from './shapes.ts'
import type { CredentialRenewal } from './watched-credentials.ts'
import { usableSecrets } from './watched-secrets.ts'

/** The options, checked and with every default filled in. */
export interface Settings {
  readonly publicUrl: URL
  readonly provider: Omit<
    ProviderSettings,
    'callbackUrl' | 'postLogoutUrl' | 'resources' | 'wantedClaims' | 'fetch'
  >
  /** Where the client's keys and its certificate may change; null: nowhere. */
  readonly credentialRenewal: CredentialRenewal | null
  /** Where the public halves of the client's keys are served. */
  readonly clientJwksPath: string | null
  readonly revokeAtSignOut: RevokeAtSignOut
  readonly upstreams: readonly Upstream[]
  /** As they were when they were checked. */
  readonly secrets: readonly string[]
  /** Where they may change; null: nowhere. */
  readonly secretSource: SecretSource | null
  readonly grants: readonly GrantDefinition[]
  readonly sessionMode: 'cookie' | 'server'
  readonly limits: SessionLimits
  readonly keptClaims: readonly string[]
  readonly replaySeconds: number
  readonly store: string | Store
  readonly jobs: readonly Job[]
  readonly jobRunner: Required<JobRunnerOptions>
  readonly spaDir: string | null
  readonly signInFailedPath: string | null
  readonly trustedProxies: readonly string[]
  readonly rateLimitPerMinute: number
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly fetch: typeof fetch
}

export const defaults = {
  publicUrl: 'http://localhost:3000',
  scope: 'openid profile email offline_access',
  store: 'sqlite:.strongroom/store.db',
  idleSeconds: 1800,
  maxSeconds: 28_800,
  replaySeconds: 60,
  rateLimitPerMinute: 300,
  jobsRun: jobDefaults.where,
} as const

const yearSeconds = 31_536_000

/** Checks everything before it says anything: all faults at once, or the settings. */
export function resolveOptions(options: BffOptions): Result<Settings, readonly Fault[]> {
  const misshapen = checkConfig(options)
  if (misshapen.length === 0) return resolve(options)
  const resolved = resolve(withoutFaulty(options, misshapen))
  const told = new Set(misshapen.map(({ option }) => option))
  const others = resolved.ok ? [] : resolved.error.filter(({ option }) => !told.has(option))
  return err([...misshapen, ...others])
}

/** Who writes no TypeScript may leave out anything: what is missing is told by the rule for what is empty. */
const nothingSaid = {
  provider: { clientId: '', clientSecret: '' },
  session: { secrets: [] },
} as const

/** A variable that is not set is often handed on as undefined. */
function whatIsSaid<T extends object>(group: T): T {
  const said = Object.entries(group).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said) as T
}

function resolve(said: BffOptions): Result<Settings, readonly Fault[]> {
  const options = {
    ...said,
    publicUrl: said.publicUrl ?? '',
    provider: withPreset({ ...nothingSaid.provider, ...whatIsSaid(said.provider ?? {}) }),
    session: { ...nothingSaid.session, ...whatIsSaid(said.session ?? {}) },
  }
  const { provider, session, onEvent } = options
  const telemetry = options.telemetry ?? logTelemetry('info')
  const { issuer = '', scope = defaults.scope } = provider
  const store = options.store ?? defaults.store
  const idleSeconds = session.idleSeconds ?? defaults.idleSeconds
  const maxSeconds = session.maxSeconds ?? defaults.maxSeconds
  const replaySeconds = session.replaySeconds ?? defaults.replaySeconds

  const rateLimitPerMinute = options.rateLimitPerMinute ?? defaults.rateLimitPerMinute
  const endSession = {
    returnParameter: provider.endSessionReturnParameter ?? 'post_logout_redirect_uri',
    hint: provider.endSessionHint ?? 'optional',
  }
  const revokeAtSignOut = provider.revokeAtSignOut ?? 'both'

  const faults: Fault[] = []
  function check<T>(option: string, rule: rules.Rule<T>, value: T): void {
    const text = rule(value)
    if (text !== null) faults.push({ option, text })
  }
  check('publicUrl', rules.publicUrl, options.publicUrl)
  if (provider.preset !== undefined) check('provider.preset', rules.preset, provider.preset)
  check('provider.issuer', issuerRule(provider.preset), issuer)
  if (provider.discoveryUrl !== undefined)
    check('provider.discoveryUrl', rules.discoveryUrl, provider.discoveryUrl)
  check('provider.clientId', rules.clientId, provider.clientId)
  const { clientSecret = '', clientKeys = '' } = provider
  const authentication = authenticationOf(provider)
  if (authentication?.startsWith('client_secret_') ?? true)
    check('provider.clientSecret', rules.clientSecret(provider.clientAuthentication), clientSecret)
  if (authentication === 'private_key_jwt' || clientKeys !== '')
    check('provider.clientKeys', rules.clientKeys, clientKeys)
  if (provider.clientJwksPath != null)
    check(
      'provider.clientJwksPath',
      rules.clientJwksPath(prefixesOf(options.upstreams)),
      provider.clientJwksPath,
    )
  check(
    'provider.clientAssertionAudience',
    rules.clientAssertionAudience,
    provider.clientAssertionAudience ?? 'issuer',
  )
  if (provider.clientAuthentication !== undefined) {
    check(
      'provider.clientAuthentication',
      rules.clientAuthentication,
      provider.clientAuthentication,
    )
  }
  check('provider.scope', rules.scope, scope)
  check(
    'provider.authorizeParameters',
    rules.authorizeParameters,
    provider.authorizeParameters ?? {},
  )
  if (provider.endSessionUrl !== undefined)
    check('provider.endSessionUrl', rules.endSessionUrl(issuer), provider.endSessionUrl)
  check(
    'provider.endSessionReturnParameter',
    rules.endSessionReturnParameter,
    endSession.returnParameter,
  )
  check('provider.endSessionHint', rules.endSessionHint, endSession.hint)
  check('provider.revokeAtSignOut', rules.revokeAtSignOut, revokeAtSignOut)
  if (provider.idTokenAlgorithm !== undefined) {
    check('provider.idTokenAlgorithm', rules.idTokenAlgorithm, provider.idTokenAlgorithm)
  }
  check('provider.pushedRequests', rules.pushedRequests, provider.pushedRequests ?? 'when-offered')
  check('provider.userinfo', rules.userinfo, provider.userinfo ?? 'when-needed')
  check('provider.introspection', rules.introspection, provider.introspection ?? 'never')
  const clock = options.clock ?? systemClock
  faults.push(...checkClient(options, clock.now()))
  faults.push(...checkUpstreams(options.upstreams))
  faults.push(...checkAcrValues(options.upstreams, provider.authorizeParameters?.['acr_values']))
  faults.push(...checkGrants(options.grants ?? {}, store))
  faults.push(...checkJobOptions(options))
  const secrets = usableSecrets(asSource(session.secrets))
  if (!secrets.ok) faults.push({ option: 'session.secrets', text: secrets.error })
  check('session.idleSeconds', rules.wholeNumber(30, yearSeconds), idleSeconds)
  check('session.maxSeconds', rules.wholeNumber(60, yearSeconds), maxSeconds)
  if (idleSeconds > maxSeconds) {
    faults.push({
      option: 'session.idleSeconds',
      text: `is longer than ${maxSeconds}, the absolute life. Shorten it, or lengthen that.`,
    })
  }
  check('session.replaySeconds', rules.wholeNumber(0, 3600), replaySeconds)
  check('session.claims', rules.claims, session.claims ?? [])
  check('session.mode', rules.sessionMode, session.mode ?? 'cookie')
  if (typeof store === 'string') check('store', rules.store, store)
  if (options.spaDir != null) check('spaDir', rules.spaDir, options.spaDir)
  if (options.signInFailedPath != null)
    check('signInFailedPath', rules.signInFailedPath, options.signInFailedPath)
  check('trustedProxies', rules.trustedProxies, options.trustedProxies ?? [])
  check('rateLimitPerMinute', rules.wholeNumber(0, 1_000_000), rateLimitPerMinute)
  if (faults.length > 0 || !secrets.ok) return err(faults)

  const upstreams = longestPrefixFirst(
    options.upstreams.map((upstream) => ({ ...upstream, target: new URL(upstream.target) })),
  )
  return ok({
    publicUrl: new URL(options.publicUrl),
    provider: {
      issuer: new URL(issuer),
      issuerIdentifier: issuer,
      discoveryUrl: provider.discoveryUrl !== undefined ? new URL(provider.discoveryUrl) : null,
      clientId: provider.clientId,
      clientSecret,
      ...credentialsIn(provider),
      certificateBinding: certificateBindingOf(options),
      signedRequests: provider.signedRequests ?? 'when-required',
      responseMode: provider.responseMode ?? 'query',
      encryptedAnswers: provider.encryptedAnswers ?? [],
      profile: provider.profile ?? null,
      clientAssertionAudience: provider.clientAssertionAudience ?? 'issuer',
      clientAuthentication: authentication,
      scope,
      authorizeParameters: provider.authorizeParameters ?? {},
      pushedRequests: provider.pushedRequests ?? 'when-offered',
      endSession: {
        ...endSession,
        url: provider.endSessionUrl !== undefined ? new URL(provider.endSessionUrl, issuer) : null,
      },
      dpop: provider.dpop ?? false,
      acceptBearerTokens: provider.acceptBearerTokens ?? false,
      idTokenAlgorithm: provider.idTokenAlgorithm ?? null,
      trustedAudiences: provider.trustedAudiences ?? [],
      userinfo: provider.userinfo ?? 'when-needed',
      introspection: provider.introspection ?? 'never',
      introspectByUserinfo: provider.introspectByUserinfo ?? false,
      requireLogoutTokenType: provider.requireLogoutTokenType ?? false,
      acceptLogoutTokensWithoutExpiry: provider.acceptLogoutTokensWithoutExpiry ?? false,
    },
    credentialRenewal: renewalOf(options, clock),
    clientJwksPath: provider.clientJwksPath ?? null,
    revokeAtSignOut,
    upstreams,
    grants: Object.entries(options.grants ?? {}).map(([name, grant]) =>
      definitionOf(name, grant, provider.authorizeParameters),
    ),
    secrets: secrets.value,
    secretSource: 'current' in session.secrets ? session.secrets : null,
    sessionMode: session.mode ?? 'cookie',
    limits: { idleSeconds, maxSeconds },
    keptClaims: session.claims ?? defaultClaims,
    replaySeconds,
    store,
    jobs: (options.jobs ?? []).map((job) => resolveJob(job, upstreams)),
    jobRunner: {
      where: options.jobRunner?.where ?? jobDefaults.where,
      tokenRequestsPerSecond:
        options.jobRunner?.tokenRequestsPerSecond ?? jobDefaults.tokenRequestsPerSecond,
    },
    spaDir: options.spaDir ?? null,
    signInFailedPath: options.signInFailedPath ?? null,
    trustedProxies: options.trustedProxies ?? [],
    rateLimitPerMinute,
    telemetry: onEvent ? withHook(telemetry, onEvent) : telemetry,
    clock,
    fetch: options.fetch ?? fetch,
  })
}

function issuerRule(preset: string | undefined): rules.Rule<string> {
  return (value) => rules.issuer(value) ?? wrongIssuer(preset, value)
}

/** Of what may be no table, or hold what is no row: its own check tells of that. */
function prefixesOf(rows: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(rows) ? rows : []
  const prefixes = all.map((row) => (isRecord(row) ? row['prefix'] : undefined))
  return prefixes.filter((prefix) => typeof prefix === 'string').filter((prefix) => prefix !== '')
}

function checkJobOptions({
  grants = {},
  jobs = [],
  jobRunner = {},
  store,
  upstreams,
}: BffOptions): readonly Fault[] {
  const faults = [...checkJobRunner(jobRunner)]
  // Of a table that is none its own check tells.
  const rows = Array.isArray(upstreams) ? callable(upstreams) : []
  const prefixes = rows.map(({ prefix }) => prefix)
  faults.push(...checkJobs(jobs, { prefixes, grants: Object.keys(grants) }))
  if (jobs.length > 0 && prefixes.length === 0) {
    const text = 'need an API to call, and no row of upstreams takes a token. Add one.'
    faults.push({ option: 'jobs', text })
  }
  if (jobs.length > 0 && typeof store === 'object' && !store.agenda) {
    const text = 'has no agenda, which jobs need. Give it one, or leave the jobs out.'
    faults.push({ option: 'store', text })
  }
  return faults
}
