import { routes } from '@strongroom/client'
import { forwardedFor, type ForwardedFor } from './base/forwarded-for.ts'
import type { Clock } from './base/clock.ts'
import { createKeyRing } from './base/key-ring.ts'
import type { KeyValue } from './keyvalue/keyvalue.ts'
import { memoryKeyValue } from './keyvalue/memory-keyvalue.ts'
import { sqliteKeyValue } from './keyvalue/sqlite-keyvalue.ts'
import { transactions, type Transactions } from './login/transaction.ts'
import type { Telemetry } from './observability/telemetry.ts'
import type { Settings } from './options/resolve-options.ts'
import { openidProvider } from './provider/openid-provider.ts'
import type { IdentityProvider } from './provider/provider.ts'
import { cookieSessionStore } from './session/cookie-session-store.ts'
import { endedSessions, type EndedSessions } from './session/ended-sessions.ts'
import type { SessionLimits } from './session/session.ts'
import type { SessionStore } from './session/session-store.ts'
import { createRefresher, type Refresher } from './tokens/refresher.ts'
import { successors } from './tokens/successors.ts'

/** What things there are. What happens to a request is told in `create-bff.ts`. */
export interface Parts {
  readonly publicUrl: URL
  readonly limits: SessionLimits
  readonly provider: IdentityProvider
  readonly keyValue: KeyValue
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly transactions: Transactions
  readonly refresher: Refresher
  readonly forwardedFor: ForwardedFor
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly fetch: typeof fetch
}

/** Builds every part, once. Asks nobody anything: the provider may be down. */
export function buildParts(settings: Settings): Parts {
  const { publicUrl, limits, telemetry, clock } = settings
  const keyRing = createKeyRing(settings.secrets)
  const keyValue = openKeyValue(settings.store, clock)
  const ended = endedSessions(keyValue, limits)
  const provider = openidProvider(
    {
      ...settings.provider,
      fetch: settings.fetch,
      callbackUrl: new URL(routes.callback, publicUrl),
      postLogoutUrl: new URL(routes.home, publicUrl),
    },
    clock,
    telemetry,
  )
  return {
    publicUrl,
    limits,
    provider,
    keyValue,
    ended,
    sessions: cookieSessionStore(keyRing, limits, ended, clock, telemetry),
    transactions: transactions(keyRing, clock),
    refresher: createRefresher({
      provider,
      successors: successors(keyValue, keyRing, settings.replaySeconds),
      ended,
      clock,
      telemetry,
    }),
    forwardedFor: forwardedFor(settings.trustedProxies),
    telemetry,
    clock,
    fetch: settings.fetch,
  }
}

function openKeyValue(store: string, clock: Clock): KeyValue {
  return store.startsWith('sqlite:')
    ? sqliteKeyValue(store.slice('sqlite:'.length), clock)
    : memoryKeyValue(clock)
}
