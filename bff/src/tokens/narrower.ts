import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal, type Failure } from '../base/failure.ts'
import { isMalformed, isOutage, notNow } from '../base/provider-trouble.ts'
import { isOwnRefusal } from '../base/refusal-codes.ts'
import { within } from '../base/within.ts'
import { inTurn } from '../keyvalue/in-turn.ts'
import type { NarrowingOfRow } from '../provider/provider.ts'
import {
  isSameAccessToken,
  narrowTokenOf,
  refreshDueAt,
  type AccessToken,
  type NarrowToken,
} from '../provider/token-set.ts'
import { boundedCache } from '../base/bounded-cache.ts'
import type { Session } from '../session/session.ts'
import { demandBackoffs, malformedForSeconds, refusedForSeconds } from './demand-backoffs.ts'
import type { NarrowDemand } from './narrow-store.ts'
import { tooYoungToRenewSeconds, type Renewal, type RenewalParts } from './renewal.ts'
import { giveBack, mayRevokeAfter, revokeNarrowTokens } from './revoke-tokens.ts'
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

/** How often others may spend the refresh token before us. */
const mostTurns = 300

const rememberedRefusals = 10_000

export function createNarrower(parts: NarrowerParts): Narrower {
  const { provider, keyValue, narrowTokens, successors, ended, renewal, clock, telemetry } = parts
  const flight = singleFlight<Result<Taken, Failure>>()
  const backoffs = demandBackoffs(clock, 'provider-exchange', telemetry)
  /** Of each session and demand the last, unless it was granted since. */
  const refusals = boundedCache<Refused | null>(rememberedRefusals)

  /** One at a time for each generation and demand: here by sharing the flight, among instances by a lease. */
  async function obtain(session: Session, demand: NarrowDemand, refused?: AccessToken) {
    // A provider may have dropped the token that came with a late cookie when it replaced it.
    const newest = await successors.newest(session).catch(() => session)
    const name = `narrow/${session.sid}/${JSON.stringify(demand.narrowing)}`
    return flight.run(`${name}/${newest.generation}`, async () => {
      const last = refusals.get(name)
      if (last && isSameAccessToken(last.token, newest.tokens) && clock.now() < last.until)
        return err(last.failure)
      return obtainAlone(name, newest, demand, refused)
    })
  }

  async function obtainAlone(
    name: string,
    session: Session,
    demand: NarrowDemand,
    refused?: AccessToken,
  ): Promise<Result<Taken, Failure>> {
    const look = async (isOurs: boolean) => {
      const found = await narrowTokens.find(session.sid, demand).catch(() => null)
      if (found !== null && !isDue(found) && found.accessToken !== refused)
        return ok({ token: found, session })
      return isOurs ? ask(name, session, demand) : null
    }
    // An exchange spends nothing: without the store each instance makes its own.
    const evenWithoutStore = demand.narrowing.by === 'exchange'
    const taken = await inTurn(keyValue, name, look, { evenWithoutStore })
    return taken ?? err(notNow('no token: another instance is at it', null))
  }

  async function ask(
    name: string,
    session: Session,
    demand: NarrowDemand,
  ): Promise<Result<Taken, Failure>> {
    const { narrowing } = demand
    const asked = narrowing.by === 'exchange' ? exchange : refresh
    const taken = await asked(name, session, narrowing)
    if (!taken.ok) {
      failed(session, demand, taken.error)
      return taken
    }
    refusals.set(name, null)
    await narrowTokens.keep(session.sid, demand, taken.value.token).catch(() => {})
    const end = await ended.surelyEndOf(session)
    if (end === null) return taken
    // Signed out while the provider was answering: what came must not outlive the session.
    if (mayRevokeAfter(end)) await revokeNarrowTokens(parts, session)
    return err({ kind: 'session-ended', end })
  }

  /** With another access token of the session's, once, where the one that it has may have been revoked before its time. */
  async function exchange(
    name: string,
    session: Session,
    narrowing: NarrowingOfRow,
  ): Promise<Result<Taken, Failure>> {
    const asked = await exchangeToken(session, narrowing)
    if (asked.ok) return asked
    const isCurable = mayBeCured(name, session, asked.error)
    remember(name, session, asked.error)
    if (!isCurable) return asked
    const renewed = await renewal.renew(session)
    if (!renewed.ok) return renewed
    const again = await exchangeToken(renewed.value, narrowing)
    if (!again.ok) remember(name, renewed.value, again.error)
    return again
  }

  async function exchangeToken(
    session: Session,
    narrowing: NarrowingOfRow,
  ): Promise<Result<Taken, Failure>> {
    const backoff = backoffs(JSON.stringify(narrowing))
    const waitSeconds = backoff.waitSeconds()
    if (waitSeconds > 0) return err(notNow('not asked: it failed a moment ago', waitSeconds))
    const narrowed = await provider.narrow(session.tokens, session.sub, narrowing)
    if (narrowed.ok) {
      backoff.succeeded()
      return ok({ token: narrowed.value.token, session })
    }
    const { distrusted, failure } = narrowed.error
    if (distrusted !== null) await giveBack(parts, distrusted)
    if (isOutage(failure)) backoff.failed(failure.retryAfterSeconds)
    return err(failure)
  }

  /** Others may be spending the refresh token at the same time: then it is the next generation's turn. */
  async function refresh(
    name: string,
    session: Session,
    narrowing: NarrowingOfRow,
  ): Promise<Result<Taken, Failure>> {
    let current = session
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const spent = await renewal.narrow(current, narrowing)
      if (!spent.ok) {
        remember(name, current, spent.error)
        return spent
      }
      current = spent.value.session
      if (spent.value.token !== null) return ok({ token: spent.value.token, session: current })
    }
    return err(notNow('no token: the refresh token was always in use', null))
  }

  function mayBeCured(name: string, { tokens }: Session, failure: Failure): boolean {
    return (
      failure.kind === 'narrowing-refused' &&
      !isSaidOfTheRow(failure.providerCode) &&
      tokens.refreshToken !== null &&
      !isNew(tokens) &&
      refusals.get(name)?.evenNew !== true
    )
  }

  function remember(name: string, { tokens }: Session, failure: Failure): void {
    const isRefusal = failure.kind === 'narrowing-refused'
    if (!isRefusal && !isMalformed(failure)) return
    refusals.set(name, {
      token: narrowTokenOf(tokens),
      until: clock.now() + (isRefusal ? refusedForSeconds : malformedForSeconds),
      failure,
      evenNew: (isRefusal && isNew(tokens)) || refusals.get(name)?.evenNew === true,
    })
  }

  function isNew({ issuedAt }: NarrowToken): boolean {
    return clock.now() < issuedAt + tooYoungToRenewSeconds
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
        err(notNow(`no token within ${patienceSeconds} s`, null)),
      )
      if (!taken.ok) return taken
      // Whoever waited along may have come with a newer cookie than the one who asked.
      const newer = taken.value.session.generation > session.generation
      return newer ? taken : ok({ token: taken.value.token, session })
    },
    settled: flight.settled,
  }
}

interface Refused {
  /** The session's own, with which it was asked for. */
  readonly token: NarrowToken
  readonly until: number
  readonly failure: Failure
  /** Whether a token that had just been issued was refused as well: then it is no cure to renew it. */
  readonly evenNew: boolean
}

/** What refuses the row's demand, or us. */
const saidOfTheRow = new Set([
  'invalid_target',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
])

/** It, or us, or it is our own refusal of what came: another token of the session's gains nothing. */
function isSaidOfTheRow(code: string): boolean {
  return saidOfTheRow.has(code) || isOwnRefusal(code)
}
