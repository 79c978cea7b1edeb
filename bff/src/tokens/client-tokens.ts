import { err, ok, type Result } from '@strongroom/client'
import type { ClientCertificate } from '../base/client-certificate.ts'
import { describeCause } from '../base/describe-cause.ts'
import { digest } from '../base/digest.ts'
import { newDpopKey } from '../base/dpop-key.ts'
import { Refusal, type Failure } from '../base/failure.ts'
import { isMalformed, isOutage, notNow } from '../base/provider-trouble.ts'
import type { Clock } from '../base/clock.ts'
import type { Sealer } from '../base/sealer.ts'
import { within } from '../base/within.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { ClientTokenRequest, IdentityProvider } from '../provider/provider.ts'
import {
  narrowTokenOf,
  narrowTokenSchema,
  refreshDueAt,
  type AccessToken,
  type NarrowToken,
} from '../provider/token-set.ts'
import { demandBackoffs, malformedForSeconds, refusedForSeconds } from './demand-backoffs.ts'
import { giveBack, type GiveBackParts } from './revoke-tokens.ts'
import { singleFlight } from './single-flight.ts'

/** A row's demand for a token in the client's own name. */
export interface ClientDemand {
  /** The row's, as the log tells it. */
  readonly prefix: string
  readonly request: Omit<ClientTokenRequest, 'dpopKey'>
  /** Whether it is to be bound to a key (RFC 9449). */
  readonly isBound: boolean
}

type Taken = Result<NarrowToken, Failure>

/**
 * Access tokens of the client's own (RFC 6749 §4.4): they stand for the app and for no user, so all sessions share them. They lie
 * apart from all that is a user's. None is revoked at a stop: it is short-lived, other instances hold it, too, and whoever holds the
 * client's secret may have another at any time.
 */
export interface ClientTokens {
  /**
   * A token that can be used now. While one is valid nobody waits: shortly before its end it is renewed in the background.
   *
   * @param refused  the token that the API has just refused, whatever the clock says
   * @returns fails with `narrowing-refused` when the provider won't give one, or with a provider failure that is transient
   */
  take(demand: ClientDemand, refused?: AccessToken): Taken | Promise<Taken>
  /** Waits for what is under way, before a stop. */
  settled(): Promise<void>
}

/** Whose the tokens are, and what they may be bound to. */
export interface TokenClient {
  readonly issuerIdentifier: string
  readonly clientId: string
  /** The one in use: it may be renewed in place. */
  readonly clientCertificate: ClientCertificate | null
}

export interface ClientTokensParts extends GiveBackParts {
  readonly client: TokenClient
  readonly provider: Pick<IdentityProvider, 'clientToken' | 'revoke'>
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** How long a call waits. What is under way goes on, and the next call finds what it brought. */
const patienceSeconds = 10

export function createClientTokens(parts: ClientTokensParts): ClientTokens {
  const { client, provider, keyValue, sealer, clock, telemetry } = parts
  const whose = whoseTokens(client)
  const flight = singleFlight<Taken>()
  const backoffs = demandBackoffs(clock, 'provider-client-tokens', telemetry)
  // As many as there are rows, and certificates that were renewed meanwhile.
  const memory = new Map<string, NarrowToken>()
  const refusals = new Map<string, { readonly until: number; readonly failure: Failure }>()

  const isDue = (token: NarrowToken) => clock.now() >= refreshDueAt(token)

  /** Here by sharing the flight. Among instances the first lets the others find it; two at once each ask, and nothing is spent. */
  function obtain(name: string, demand: ClientDemand, refused?: AccessToken): Promise<Taken> {
    return flight.run(name, async () => {
      const recent = refusals.get(name)
      if (recent !== undefined && clock.now() < recent.until) return err(recent.failure)
      const found = await find(name).catch(() => null)
      if (found !== null && !isDue(found) && found.accessToken !== refused) {
        memory.set(name, found)
        return ok(found)
      }
      return ask(name, demand)
    })
  }

  async function ask(name: string, demand: ClientDemand): Promise<Taken> {
    const backoff = backoffs(name)
    const waitSeconds = backoff.waitSeconds()
    if (waitSeconds > 0) return err(notNow('not asked: it failed a moment ago', waitSeconds))
    const { isBound, request } = demand
    const given = await provider.clientToken({
      ...request,
      ...(isBound && { dpopKey: newDpopKey() }),
    })
    if (!given.ok) {
      const { distrusted, failure } = given.error
      if (distrusted !== null) await giveBack(parts, distrusted)
      failed(name, demand, failure)
      return err(failure)
    }
    backoff.succeeded()
    memory.set(name, given.value)
    await keep(name, given.value).catch(() => {})
    return given
  }

  function failed(name: string, { prefix }: ClientDemand, error: Failure): void {
    if (isOutage(error)) backoffs(name).failed(error.retryAfterSeconds)
    else {
      const seconds = isMalformed(error) ? malformedForSeconds : refusedForSeconds
      refusals.set(name, { until: clock.now() + seconds, failure: error })
    }
    const detail =
      'providerCode' in error
        ? error.providerCode
        : 'cause' in error
          ? describeCause(error.cause)
          : ''
    telemetry.record({ name: 'client-token-failed', prefix, kind: error.kind, detail })
  }

  async function find(name: string): Promise<NarrowToken | null> {
    const sealed = (await keyValue.get(name)) ?? ''
    return narrowTokenSchema.safeParse(sealer.open(sealed, name)).data ?? null
  }

  function keep(name: string, token: NarrowToken): Promise<void> {
    const seconds = Math.max(1, refreshDueAt(token) - clock.now())
    return keyValue.set(name, sealer.seal(narrowTokenOf(token), name), seconds)
  }

  function obtainInBackground(name: string, demand: ClientDemand): void {
    obtain(name, demand).catch((error: unknown) => {
      if (error instanceof Refusal) failed(name, demand, error.failure)
    })
  }

  return {
    take(demand, refused) {
      const name = nameOf(whose(), demand)
      const known = memory.get(name)
      if (known !== undefined && clock.now() < known.expiresAt && known.accessToken !== refused) {
        if (isDue(known)) obtainInBackground(name, demand)
        return ok(known)
      }
      const tooSlow: Taken = err(notNow(`no token within ${patienceSeconds} s`, null))
      return within(patienceSeconds, obtain(name, demand, refused), tooSlow)
    },
    settled: flight.settled,
  }
}

/**
 * After a change of the settings, or with a renewed certificate, the store still holds the tokens of another client, provider or
 * certificate. Reckoned once for each.
 */
function whoseTokens({ issuerIdentifier, clientId, clientCertificate }: TokenClient): () => string {
  const chainInUse = () => clientCertificate?.chain ?? null
  const whoseWith = (chain: string | null) =>
    digest(JSON.stringify([issuerIdentifier, clientId, chain]))
  let chain = chainInUse()
  let whose = whoseWith(chain)
  return () => {
    const now = chainInUse()
    if (now !== chain) {
      chain = now
      whose = whoseWith(chain)
    }
    return whose
  }
}

/** The same for two rows that ask for the same, on every instance. No user's token lies under such a name. */
function nameOf(whose: string, { isBound, request }: ClientDemand): string {
  const { audience = '', resource = '', scopes = [] } = request
  const demand = [whose, isBound, resource, audience, scopes.toSorted()]
  return `client-token/${digest(JSON.stringify(demand))}`
}
