import { setTimeout as pause } from 'node:timers/promises'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal, type Failure } from '../base/failure.ts'
import { PlainError } from '../base/plain-error.ts'
import { within } from '../base/within.ts'
import { takeLease, type Lease } from '../keyvalue/lease.ts'
import { refreshDueAt, type AccessToken, type NarrowToken } from '../provider/token-set.ts'
import { boundedCache } from '../base/bounded-cache.ts'
import type { Session } from '../session/session.ts'
import type { NarrowDemand } from './narrow-store.ts'
import { providerBackoff } from './provider-backoff.ts'
import type { Renewal, RenewalParts } from './renewal.ts'
import { revokeNarrowTokens } from './revoke-tokens.ts'
import { singleFlight } from './single-flight.ts'

export interface Taken {
  readonly token: NarrowToken
  /** The same session, or a newer generation of it that must reach the browser: a refresh token was spent. */
  readonly session: Session
}

/** Gets tokens that are good for one API each. */
export interface Narrower {
  /**
   * A token that can be used now. While one is valid nobody waits: shortly before its end it is renewed in the background.
   *
   * @param session  with an access token that is valid
   * @param refused  the token that the API has just refused, whatever the clock says
   * @returns fails with `narrowing-refused`, which says nothing of the session, or as a renewal of the session does
   */
  take(
    session: Session,
    demand: NarrowDemand,
    refused?: AccessToken,
  ): Promise<Result<Taken, Failure>>
  /** Waits for what is under way, before a stop. */
  settled(): Promise<void>
}

export interface NarrowerParts extends RenewalParts {
  readonly renewal: Renewal
}

/** How long a call waits. What is under way goes on, and the next call finds what it brought. */
const patienceSeconds = 10
const lookAgainMilliseconds = 40
const mostLooks = 300

/** How long a refusal is believed: to ask again for each call would gain nothing, and some providers spend the refresh token over it. */
const refusedForSeconds = 30
const rememberedRefusals = 10_000

export function createNarrower(parts: NarrowerParts): Narrower {
  const { provider, keyValue, narrowTokens, successors, ended, renewal, clock, telemetry } = parts
  const flight = singleFlight<Result<Taken, Failure>>()
  const backoff = providerBackoff(clock, 'provider-exchange', telemetry)
  const refusals = boundedCache<{ readonly until: number; readonly failure: Failure }>(
    rememberedRefusals,
  )

  /** One at a time for each session and demand: here by sharing the flight, among instances by a lease. */
  function obtain(session: Session, demand: NarrowDemand, refused?: AccessToken) {
    const name = `narrow/${session.sid}/${JSON.stringify(demand.narrowing)}`
    return flight.run(name, async () => {
      const recent = refusals.get(name)
      if (recent !== undefined && clock.now() < recent.until) return err(recent.failure)
      const taken = await obtainAlone(name, session, demand, refused)
      if (!taken.ok && taken.error.kind === 'narrowing-refused')
        refusals.set(name, { until: clock.now() + refusedForSeconds, failure: taken.error })
      return taken
    })
  }

  async function obtainAlone(
    name: string,
    session: Session,
    demand: NarrowDemand,
    refused?: AccessToken,
  ): Promise<Result<Taken, Failure>> {
    for (let look = 0; look < mostLooks; look += 1) {
      const lease = await leaseFor(name, demand)
      try {
        const found = await narrowTokens.find(session.sid, demand).catch(() => null)
        if (found !== null && !isDue(found) && found.accessToken !== refused)
          return ok({ token: found, session })
        if (lease) return await ask(session, demand)
      } finally {
        // It runs out by itself if it can't be given back.
        await lease?.release().catch(() => {})
      }
      await pause(lookAgainMilliseconds)
    }
    return err(tooSlow('no token: another instance is at it'))
  }

  /** An exchange spends nothing: without the store each instance makes its own. */
  async function leaseFor(name: string, { narrowing }: NarrowDemand): Promise<Lease | null> {
    const lease = takeLease(keyValue, name)
    return narrowing.by === 'refresh' ? lease : lease.catch(() => noLease)
  }

  async function ask(session: Session, demand: NarrowDemand): Promise<Result<Taken, Failure>> {
    const asked =
      demand.narrowing.by === 'exchange' ? exchange(session, demand) : refresh(session, demand)
    const taken = await asked
    if (!taken.ok) {
      failed(session, demand, taken.error)
      return taken
    }
    await narrowTokens.keep(session.sid, demand, taken.value.token).catch(() => {})
    const end = await ended.surelyEndOf(session)
    if (end === null) return taken
    // Signed out while the provider was answering: what came must not outlive the session.
    await revokeNarrowTokens(parts, session)
    return err({ kind: 'session-ended', end })
  }

  async function exchange(
    session: Session,
    { narrowing }: NarrowDemand,
  ): Promise<Result<Taken, Failure>> {
    if (backoff.waitSeconds() > 0) return err(tooSlow('not asked: it failed a moment ago'))
    const narrowed = await provider.narrow(session.tokens, session.sub, narrowing)
    if (narrowed.ok) {
      backoff.succeeded()
      return ok({ token: narrowed.value.token, session })
    }
    const { failure } = narrowed.error
    if (failure.kind === 'provider-unreachable') backoff.failed(failure.retryAfterSeconds)
    return err(failure)
  }

  /** Others may be spending the refresh token at the same time: then it is the next generation's turn. */
  async function refresh(
    session: Session,
    { narrowing }: NarrowDemand,
  ): Promise<Result<Taken, Failure>> {
    let current = await successors.newest(session)
    for (let look = 0; look < mostLooks; look += 1) {
      const spent = await renewal.narrow(current, narrowing)
      if (!spent.ok) return spent
      current = spent.value.session
      if (spent.value.token !== null) return ok({ token: spent.value.token, session: current })
    }
    return err(tooSlow('no token: the refresh token was always in use'))
  }

  function failed({ sid }: Session, { prefix }: NarrowDemand, error: Failure): void {
    if (error.kind === 'narrowing-refused') {
      const { providerCode } = error
      telemetry.record({ name: 'narrowing-refused', sid, prefix, providerCode })
      return
    }
    const detail = 'cause' in error ? describeCause(error.cause) : ''
    telemetry.record({ name: 'narrowing-failed', sid, prefix, kind: error.kind, detail })
  }

  function isDue(token: NarrowToken): boolean {
    return clock.now() >= refreshDueAt(token)
  }

  function obtainInBackground(session: Session, demand: NarrowDemand): void {
    obtain(session, demand).catch((error: unknown) => {
      const failure: Failure =
        error instanceof Refusal ? error.failure : { kind: 'store-unreachable', cause: error }
      failed(session, demand, failure)
    })
  }

  return {
    async take(session, demand, refused) {
      const known = narrowTokens.remembered(session.sid, demand)
      if (known !== null && clock.now() < known.expiresAt && known.accessToken !== refused) {
        if (isDue(known)) obtainInBackground(session, demand)
        return ok({ token: known, session })
      }
      const taken = await within(
        patienceSeconds,
        obtain(session, demand, refused),
        err(tooSlow(`no token within ${patienceSeconds} s`)),
      )
      if (!taken.ok) return taken
      // Whoever waited along may have come with a newer cookie than the one who asked.
      const newer = taken.value.session.generation > session.generation
      return newer ? taken : ok({ token: taken.value.token, session })
    },
    settled: flight.settled,
  }
}

const noLease: Lease = { isHeld: async () => true, release: async () => {} }

function tooSlow(why: string): Failure {
  return { kind: 'provider-unreachable', cause: new PlainError(why), retryAfterSeconds: null }
}
