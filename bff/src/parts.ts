import { routes } from '@strongroom/client'
import { proxyTrust, type ProxyTrust } from './base/proxy-trust.ts'
import type { Clock } from './base/clock.ts'
import { rateLimiter, type RateLimiter } from './edge/rate-limiter.ts'
import { describeCause } from './base/describe-cause.ts'
import { createKeyRing } from './base/key-ring.ts'
import { reservedPaths } from './base/reserved-paths.ts'
import { sealerFor } from './base/sealer.ts'
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
import { InvalidOptions } from './options/invalid-options.ts'
import type { Settings } from './options/resolve-options.ts'
import { watchedSecrets, type WatchedSecrets } from './options/watched-secrets.ts'
import { openidProvider } from './provider/openid-provider.ts'
import type { IdentityProvider } from './provider/provider.ts'
import { callUpstream, type CallUpstream } from './proxy/call-upstream.ts'
import { openEnds, type OpenEnds } from './proxy/open-ends.ts'
import { demandOf, resourcesOf } from './proxy/upstream.ts'
import { cookieSessionStore } from './session/cookie-session-store.ts'
import { endedSessions, type EndedSessions } from './session/ended-sessions.ts'
import { providerSessions, type ProviderSessions } from './session/provider-sessions.ts'
import type { SessionLimits } from './session/session.ts'
import { sessionIndex, type SessionIndex } from './session/session-index.ts'
import type { SessionStore } from './session/session-store.ts'
import { ticketSessionStore } from './session/ticket-session-store.ts'
import { createNarrower, type Narrower } from './tokens/narrower.ts'
import { narrowStore, type NarrowStore } from './tokens/narrow-store.ts'
import { createRenewal } from './tokens/renewal.ts'
import { createRefresher, type Refresher } from './tokens/refresher.ts'
import { createRevocationOutbox, type RevocationOutbox } from './tokens/revocation-outbox.ts'
import { successors, type Successors } from './tokens/successors.ts'

/** What things there are. What happens to a request is told in `create-bff.ts`. */
export interface Parts {
  readonly publicUrl: URL
  readonly issuer: URL
  readonly reservedPaths: readonly string[]
  readonly limits: SessionLimits
  readonly secrets: WatchedSecrets
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
  readonly narrower: Narrower
  readonly outbox: RevocationOutbox
  readonly proxies: ProxyTrust
  readonly rateLimiter: RateLimiter | null
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly callUpstream: CallUpstream
  readonly openEnds: OpenEnds
}

/** Builds every part, once. Asks nobody anything: the provider may be down. */
export function buildParts(settings: Settings): Parts {
  const { publicUrl, limits, telemetry, clock } = settings
  const secrets = watchedSecrets(settings.secrets, settings.secretSource, telemetry, clock)
  const keyRing = createKeyRing(secrets)
  const sealer = sealerFor(keyRing, 'store', {
    opened: (key) => telemetry.record({ name: 'seal-opened', purpose: 'store', key }),
    refused: (reason) => telemetry.record({ name: 'seal-refused', purpose: 'store', reason }),
  })
  const store = guardedStore(openStore(settings.store, clock), clock, telemetry)
  const ended = endedSessions({ store, sealer, limits, clock, telemetry })
  const sessionStoreParts = { keyRing, limits, ended, clock, telemetry }
  const provider = openidProvider(
    {
      ...settings.provider,
      resources: resourcesOf(settings.upstreams),
      fetch: settings.fetch,
      callbackUrl: new URL(routes.callback, publicUrl),
      postLogoutUrl: new URL(routes.home, publicUrl),
    },
    clock,
    telemetry,
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
  const renewalParts = {
    provider,
    keyValue: store.keyValue,
    successors: renewals,
    narrowTokens,
    ended,
    outbox,
    clock,
    telemetry,
  }
  const renewal = createRenewal(renewalParts)
  return {
    publicUrl,
    issuer: settings.provider.issuer,
    reservedPaths: reservedPaths(settings.upstreams),
    limits,
    secrets,
    provider,
    store,
    ended,
    sessions:
      settings.sessionMode === 'server'
        ? ticketSessionStore(sessionStoreParts, store.keyValue)
        : cookieSessionStore(sessionStoreParts),
    index: sessionIndex(store.keyValue, sealer, limits, clock),
    providerSessions: providerSessions(store.keyValue, sealer, limits),
    transactions: transactions({ keyRing, telemetry, clock }),
    answered: answeredStates(store.keyValue),
    earlier: earlierSessions(store.keyValue, sealer),
    signedOutStates: signedOutStates(sealerFor(keyRing, 'logout'), clock),
    usedLogoutTokens: usedLogoutTokens(store.keyValue),
    successors: renewals,
    refresher: createRefresher({ ...renewalParts, renewal }),
    narrowTokens,
    narrower: createNarrower({ ...renewalParts, renewal }),
    outbox,
    proxies: proxyTrust(settings.trustedProxies),
    rateLimiter:
      settings.rateLimitPerMinute === 0
        ? null
        : rateLimiter(store.keyValue, settings.rateLimitPerMinute, clock),
    telemetry,
    clock,
    callUpstream: callUpstream(settings.fetch),
    openEnds: openEnds(),
  }
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
