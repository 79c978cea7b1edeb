import { routes } from '@strongroom/client'
import { proxyTrust, type ProxyTrust } from './base/proxy-trust.ts'
import { defaultClaims } from './base/claims.ts'
import { systemClock, type Clock } from './base/clock.ts'
import { rateLimiter, type RateLimiter } from './edge/rate-limiter.ts'
import { describeCause } from './base/describe-cause.ts'
import { certifiedFetch } from './base/certified-fetch.ts'
import { dpopNonces, type DpopNonces } from './base/dpop-nonces.ts'
import { createKeyRing, type SealPurpose } from './base/key-ring.ts'
import { reservedPaths } from './base/reserved-paths.ts'
import { sealerFor, type Sealer, type SealWatch } from './base/sealer.ts'
import { createJobs, type Jobs } from './jobs/jobs.ts'
import { guardedStore } from './keyvalue/guarded-store.ts'
import { loadedStore } from './keyvalue/loaded-store.ts'
import { memoryStore } from './keyvalue/memory-store.ts'
import { sqliteStore } from './keyvalue/sqlite-store.ts'
import type { Agenda, Store } from './keyvalue/store.ts'
import { answeredStates, type AnsweredStates } from './login/answered-states.ts'
import { earlierSessions, type EarlierSessions } from './login/earlier-session.ts'
import { transactions, type Transactions } from './login/transaction.ts'
import { signedOutStates, type SignedOutStates } from './logout/signed-out-states.ts'
import { usedLogoutTokens, type UsedLogoutTokens } from './logout/used-logout-tokens.ts'
import type { Telemetry } from './observability/telemetry.ts'
import { presentTracing, type Tracing } from './observability/tracing.ts'
import { createOffline, type Offline } from './offline/offline.ts'
import { InvalidOptions } from './options/invalid-options.ts'
import type { Settings } from './options/resolve-options.ts'
import { watchedCredentials, type WatchedCredentials } from './options/watched-credentials.ts'
import { watchedSecrets, type WatchedSecrets } from './options/watched-secrets.ts'
import { openidProvider } from './provider/openid-provider.ts'
import type { IdentityProvider } from './provider/provider.ts'
import { callUpstream, type CallUpstream } from './proxy/call-upstream.ts'
import { timed } from './proxy/measured-calls.ts'
import { openEnds, type OpenEnds } from './proxy/open-ends.ts'
import { tracedCalls } from './proxy/traced-calls.ts'
import { demandOf, resourcesOf } from './proxy/upstream.ts'
import { cookieSessionStore } from './session/cookie-session-store.ts'
import { endedSessions, type EndedSessions } from './session/ended-sessions.ts'
import { providerSessions, type ProviderSessions } from './session/provider-sessions.ts'
import type { SessionLimits } from './session/session.ts'
import { sessionIndex, type SessionIndex } from './session/session-index.ts'
import type { SessionStore } from './session/session-store.ts'
import { ticketSessionStore } from './session/ticket-session-store.ts'
import { createClientTokens, type ClientTokens } from './tokens/client-tokens.ts'
import { createNarrower, type Narrower } from './tokens/narrower.ts'
import { narrowStore, type NarrowStore } from './tokens/narrow-store.ts'
import { predecessors, type Predecessors } from './tokens/predecessors.ts'
import { createRenewal } from './tokens/renewal.ts'
import { tracedRenewal } from './tokens/traced-renewal.ts'
import { createRefresher, type Refresher } from './tokens/refresher.ts'
import type { RevokeAtSignOut } from './tokens/revoke-tokens.ts'
import { createRevocationOutbox, type RevocationOutbox } from './tokens/revocation-outbox.ts'
import { successors, type Successors } from './tokens/successors.ts'
import { createTokenChecks, type TokenChecks } from './tokens/token-checks.ts'

/** What things there are. What happens to a request is told in `create-bff.ts`. */
export interface Parts {
  readonly publicUrl: URL
  readonly issuer: URL
  readonly reservedPaths: readonly string[]
  readonly limits: SessionLimits
  readonly keptClaims: readonly string[]
  readonly secrets: WatchedSecrets
  readonly credentials: WatchedCredentials
  readonly revokeAtSignOut: RevokeAtSignOut
  readonly provider: IdentityProvider
  readonly store: Store
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly providerSessions: ProviderSessions
  readonly transactions: Transactions
  readonly answered: AnsweredStates
  readonly earlier: EarlierSessions
  readonly signedOutStates: SignedOutStates
  readonly usedLogoutTokens: UsedLogoutTokens
  readonly successors: Successors
  readonly refresher: Refresher
  readonly narrowTokens: NarrowStore
  readonly predecessors: Predecessors
  readonly narrower: Narrower
  readonly tokenChecks: TokenChecks
  readonly clientTokens: ClientTokens
  /** What APIs want to see in proofs. The provider's own lie elsewhere. */
  readonly apiNonces: DpopNonces
  readonly outbox: RevocationOutbox
  /** Null where no grant is configured. */
  readonly offline: Offline | null
  readonly jobs: Jobs | null
  readonly proxies: ProxyTrust
  readonly rateLimiter: RateLimiter | null
  readonly telemetry: Telemetry
  /** Null where no OpenTelemetry SDK was set up. */
  readonly tracing: Tracing | null
  /** Whether a row of upstreams asks how the user signed in: no session bears it for nothing. */
  readonly keepsAcr: boolean
  readonly clock: Clock
  readonly callUpstream: CallUpstream
  readonly openEnds: OpenEnds
}

/** Builds every part, once. Asks nobody anything: the provider may be down. */
export function buildParts(settings: Settings): Parts {
  const { publicUrl, limits, telemetry, clock } = settings
  const tracing = presentTracing()
  const secrets = watchedSecrets(settings.secrets, settings.secretSource, telemetry, clock)
  const keyRing = createKeyRing(secrets)
  const watchOf = (purpose: SealPurpose): SealWatch => ({
    opened: (key) => telemetry.record({ name: 'seal-opened', purpose, key }),
    refused: (reason) => telemetry.record({ name: 'seal-refused', purpose, reason }),
  })
  const sealer = sealerFor(keyRing, 'store', watchOf('store'))
  const store = guardedStore(openStore(settings.store, clock), clock, telemetry)
  const ended = endedSessions({ store, sealer, limits, clock, telemetry })
  const sessionStoreParts = { keyRing, limits, ended, clock, telemetry }
  const credentials = watchedCredentials(settings.provider, settings.credentialRenewal, telemetry)
  const { clientCertificate, clientKeys, decryptionKeys } = credentials
  const providerFetch = certifiedFetch(settings.fetch, clientCertificate)
  const provider = openidProvider(
    {
      ...settings.provider,
      clientCertificate,
      clientKeys,
      decryptionKeys,
      resources: resourcesOf(settings.upstreams),
      wantedClaims: settings.keptClaims.filter((name) => !defaultClaims.includes(name)),
      fetch: providerFetch,
      callbackUrl: new URL(routes.callback, publicUrl),
      postLogoutUrl: new URL(routes.home, publicUrl),
    },
    clock,
    telemetry,
    tracing,
  )
  const renewals = successors({
    keyValue: store.keyValue,
    sealer,
    replaySeconds: settings.replaySeconds,
    limits,
  })
  const outbox = createRevocationOutbox({ provider, store, sealer, clock, telemetry })
  const narrowTokens = narrowStore({
    keyValue: store.keyValue,
    sealer,
    clock,
    demands: settings.upstreams.map(demandOf).filter((demand) => demand !== null),
  })
  const replaced = predecessors({ keyValue: store.keyValue, sealer, limits, clock, telemetry })
  const apiNonces = dpopNonces()
  const renewalParts = {
    revokeAtSignOut: settings.revokeAtSignOut,
    provider,
    keyValue: store.keyValue,
    successors: renewals,
    narrowTokens,
    predecessors: replaced,
    ended,
    outbox,
    userinfoAfterRefresh: settings.provider.userinfo === 'after-refresh',
    keptClaims: settings.keptClaims,
    clock,
    telemetry,
  }
  const plainRenewal = createRenewal(renewalParts)
  const renewal = tracing ? tracedRenewal(plainRenewal, tracing) : plainRenewal
  const offline =
    settings.grants.length === 0 && !mayHoldGrants(settings, store)
      ? null
      : createOffline({
          ...renewalParts,
          // What a user takes back is taken back at the provider, too.
          revokeAtSignOut: 'both',
          grants: settings.grants,
          agenda: store.agenda ?? null,
          dpop: settings.provider.dpop,
          keyRing,
          sealWatch: watchOf('grant'),
          fetch: providerFetch,
          sharedStore: sharedStoreOf(settings),
        })
  return {
    publicUrl,
    issuer: settings.provider.issuer,
    reservedPaths: reservedPaths(settings.upstreams),
    limits,
    keptClaims: settings.keptClaims,
    secrets,
    credentials,
    revokeAtSignOut: settings.revokeAtSignOut,
    provider,
    store,
    ended,
    sessions:
      settings.sessionMode === 'server'
        ? ticketSessionStore(sessionStoreParts, store.keyValue)
        : cookieSessionStore(sessionStoreParts),
    index: sessionIndex(store.keyValue, sealer, limits, clock),
    providerSessions: providerSessions(store.keyValue, sealer, limits),
    transactions: transactions({ keyRing, telemetry, clock, dpop: settings.provider.dpop }),
    answered: answeredStates(store.keyValue),
    earlier: earlierSessions(store.keyValue, sealer),
    signedOutStates: signedOutStates(sealerFor(keyRing, 'logout'), clock),
    usedLogoutTokens: usedLogoutTokens(store.keyValue),
    successors: renewals,
    refresher: createRefresher({ ...renewalParts, renewal }),
    narrowTokens,
    predecessors: replaced,
    narrower: createNarrower({ ...renewalParts, renewal }),
    tokenChecks: createTokenChecks({
      ...renewalParts,
      sealer,
      introspection: settings.provider.introspection,
    }),
    clientTokens: createClientTokens({
      ...renewalParts,
      client: { ...settings.provider, clientCertificate },
      sealer,
    }),
    apiNonces,
    outbox,
    offline,
    jobs:
      offline && settings.grants.length > 0
        ? jobsOf(settings, offline, store, sealer, providerFetch, apiNonces)
        : null,
    proxies: proxyTrust(settings.trustedProxies),
    rateLimiter:
      settings.rateLimitPerMinute === 0
        ? null
        : rateLimiter(store.keyValue, settings.rateLimitPerMinute, clock),
    telemetry,
    tracing,
    keepsAcr: settings.upstreams.some(({ acrValues }) => acrValues !== undefined),
    clock,
    callUpstream: watchedCalls(callUpstream(settings.fetch, clientCertificate), telemetry, tracing),
    openEnds: openEnds(telemetry),
  }
}

/** Nothing stands around a call that nobody watches. */
function watchedCalls(
  plain: CallUpstream,
  { measure }: Telemetry,
  tracing: Tracing | null,
): CallUpstream {
  const measured = measure ? timed(plain) : plain
  return tracing ? tracedCalls(measured, tracing) : measured
}

/** Whether users may have connected something before all grants were left out: it is theirs to see and to withdraw. */
function mayHoldGrants({ store: given }: Settings, { agenda }: Store): boolean {
  return given !== 'memory:' && agenda !== undefined
}

/** Null where the store, one of the app's own, can't keep them: there are none configured then. */
function jobsOf(
  settings: Settings,
  offline: Offline,
  { agenda, keyValue }: Store,
  sealer: Sealer,
  certifiedFetch: typeof fetch,
  nonces: DpopNonces,
): Jobs | null {
  if (!agenda) return null
  const { clock, fetch, jobRunner, jobs: all, telemetry } = settings
  const { tokens: grantTokens, holders, vault } = offline
  const { tokenRequestsPerSecond } = jobRunner
  const parts = {
    agenda,
    keyValue,
    sealer,
    vault,
    holders,
    grantTokens,
    fetch,
    certifiedFetch,
    nonces,
    clock,
    telemetry,
  }
  const jobs = createJobs({ ...parts, jobs: all, tokenRequestsPerSecond })
  offline.useJobs(jobs.ofGrants)
  return jobs
}

/** What was handed in, such as a `fetch` over a proxy, a store or a certificate, another process does not have. */
function sharedStoreOf({ store, fetch: fetchNow, clock, provider }: Settings): string | null {
  const isAlone =
    typeof store !== 'string' ||
    fetchNow !== fetch ||
    clock !== systemClock ||
    provider.clientCertificate !== null
  return isAlone ? null : store
}

function openStore(url: string | Store, clock: Clock): Store {
  if (typeof url !== 'string') return url
  if (/^rediss?:/.test(url)) return loadedStore(openRedis(url))
  return url === 'memory:' ? memoryStore(clock) : openFile(url.slice('sqlite:'.length), clock)
}

/** Its client is a third of all code that there is: who keeps a file instead need not load it. */
async function openRedis(url: string): Promise<Store & { readonly agenda: Agenda }> {
  const { redisStore } = await import('./keyvalue/redis-store.ts')
  return redisStore(url)
}

function openFile(file: string, clock: Clock): Store {
  try {
    return sqliteStore(file, clock)
  } catch (error) {
    const text = `can't be opened (${describeCause(error)}). Name a file that may be written and is a SQLite database or new.`
    throw new InvalidOptions([{ option: 'store', text }])
  }
}
