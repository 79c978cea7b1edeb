import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Failure, NarrowingFailure, ProviderFailure } from '../base/failure.ts'
import { describeProviderFailure, isMalformed, notNow } from '../base/provider-trouble.ts'
import { isPlainRefusal } from '../base/refusal-codes.ts'
import { inTurn } from '../keyvalue/in-turn.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider, NarrowingOfRow } from '../provider/provider.ts'
import {
  isSameAccessToken,
  type NarrowToken,
  type RefreshToken,
  type TokenSet,
} from '../provider/token-set.ts'
import type { UserinfoClaims } from '../provider/userinfo.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { isTokenValid, withClaims, withTokens, type Session } from '../session/session.ts'
import type { NarrowStore } from './narrow-store.ts'
import type { ProviderBackoff } from './provider-backoff.ts'
import { demandBackoffs } from './demand-backoffs.ts'
import { refusalWatch } from './refusal-watch.ts'
import {
  mayRevokeAfter,
  revokePredecessors,
  revokeTokens,
  type RevokeParts,
} from './revoke-tokens.ts'
import { singleFlight } from './single-flight.ts'
import type { Successors } from './successors.ts'

/** Spends a session's refresh token: once, whoever asks, here and on every other instance. */
export interface Renewal {
  /**
   * Gives the next generation of a session, or a later one that somebody else has made. It goes on though nobody waits
   * any more: what comes for a spent token is never thrown away.
   */
  renew(session: Session): Promise<Result<Session, Failure>>
  /**
   * Spends it for a token of narrower use: the next generation keeps the session's own access token.
   *
   * @returns no token when the refresh token was being spent for something else: it is for the generation that came of that to try
   */
  narrow(session: Session, narrowing: NarrowingOfRow): Promise<Result<NarrowedSession, Failure>>
  /** Waits for the renewals that are under way: what comes for a spent token must still be published. */
  settled(): Promise<void>
  /** Seconds for which the provider is left alone after a failure; 0 when it may be asked. */
  waitSeconds(): number
  /** Whether the provider could not be reached when it was last asked. */
  isFailing(): boolean
}

export interface NarrowedSession {
  readonly session: Session
  readonly token: NarrowToken | null
}

export interface RenewalParts extends RevokeParts {
  readonly provider: IdentityProvider
  readonly keyValue: KeyValue
  readonly successors: Successors
  readonly narrowTokens: NarrowStore
  readonly ended: EndedSessions
  /** Whether what is known of the user is fetched anew with each refresh. */
  readonly userinfoAfterRefresh: boolean
  /** Which of them a session keeps. */
  readonly keptClaims: readonly string[]
  readonly clock: Clock
  readonly telemetry: Telemetry
}

type Renewed = Promise<Result<Session, Failure>>

/** The generation that follows: spent for by us, or found, and then by whom and what for nobody knows. */
interface Next {
  readonly session: Session
  readonly by: 'refresh' | 'somebody' | NarrowingOfRow
  readonly token: NarrowToken | null
}

type Spent = Promise<Result<Next, Failure>>

/** A token that is refused so soon after it was issued is refused for another reason than its age. */
export const tooYoungToRenewSeconds = 5

export function createRenewal(parts: RenewalParts): Renewal {
  const { provider, keyValue, successors, ended, clock, telemetry } = parts
  const renewing = singleFlight<Result<Session, Failure>>()
  const spending = singleFlight<Result<Next, Failure>>()
  const backoffs = demandBackoffs(clock, 'provider-refresh', telemetry)
  /** For the renewals. That there is no token for one API keeps nobody from renewing. */
  const backoff = backoffs('')
  const refusals = refusalWatch(clock, telemetry)

  /** Until there is another access token: what others spent the refresh token for may have kept the one that is over. */
  function renew(session: Session): Renewed {
    return renewing.run(renewalName(session), async () => {
      for (let current = session; ;) {
        const next = await nextOf(current, null)
        if (!next.ok) return next
        const { by, session: found } = next.value
        if (by === 'refresh' || isRenewed(found, session)) return ok(found)
        current = found
      }
    })
  }

  function isRenewed(current: Session, { tokens }: Session): boolean {
    return !isSameAccessToken(current.tokens, tokens) && isTokenValid(current, clock.now())
  }

  async function narrow(
    session: Session,
    narrowing: NarrowingOfRow,
  ): Promise<Result<NarrowedSession, Failure>> {
    if (session.tokens.refreshToken === null)
      return err({ kind: 'narrowing-refused', providerCode: 'no_refresh_token' })
    const next = await nextOf(session, narrowing)
    if (!next.ok) return next
    const { by, session: found, token } = next.value
    return ok({ session: found, token: by === narrowing ? token : null })
  }

  /** One at a time for each generation: here by sharing the flight, among instances by a lease. */
  function nextOf(session: Session, narrowing: NarrowingOfRow | null): Spent {
    const { refreshToken } = session.tokens
    if (refreshToken === null) {
      return Promise.resolve(err({ kind: 'session-ended', end: 'token-expired' }))
    }
    const name = renewalName(session)
    return spending.run(name, async () => {
      const next = await inTurn<Awaited<Spent>>(keyValue, name, async (isOurs) => {
        // Somebody may have finished between our looking and our turn.
        const current = await successors.newest(session)
        if (current !== session) return ok(foundToBe(current))
        return isOurs ? spendUnlessSpent(session, refreshToken, narrowing) : null
      })
      return next ?? err(notNow('not renewed: another instance is at it', null))
    })
  }

  /** Only with the lease: before, the one who has it may be publishing between our two questions. */
  async function spendUnlessSpent(
    session: Session,
    refreshToken: RefreshToken,
    narrowing: NarrowingOfRow | null,
  ): Spent {
    if (!(await successors.isSpent(session))) return spend(session, refreshToken, narrowing)
    // A cookie from before a refresh that was too long ago: a thief's copy, or a forgotten one. Spending its token would
    // have the provider revoke the tokens of the session that lives.
    telemetry.record({
      name: 'refresh-token-reused',
      sid: session.sid,
      generation: session.generation,
    })
    return err({ kind: 'session-ended', end: 'superseded' })
  }

  async function spend(
    session: Session,
    refreshToken: RefreshToken,
    narrowing: NarrowingOfRow | null,
  ): Spent {
    const ownBackoff = narrowing === null ? backoff : backoffs(JSON.stringify(narrowing))
    const waitSeconds = Math.max(backoff.waitSeconds(), ownBackoff.waitSeconds())
    if (waitSeconds > 0) return err(notNow('not asked: it failed a moment ago', waitSeconds))
    const tokens = { ...session.tokens, refreshToken }
    const ask = () =>
      narrowing === null
        ? refresh(tokens, session.sub)
        : provider.narrow(tokens, session.sub, narrowing)
    let refreshed = await ask()
    // What is not said in so many words may have been a slip: asked again, it must be said again.
    if (!refreshed.ok && isVague(refreshed.error.failure)) {
      refreshed = await ask()
    }
    if (!refreshed.ok) {
      const { failure, distrusted, unread } = refreshed.error
      // Nobody may use them, and at the provider they would live on.
      if (distrusted) await revokeTokens(parts, { sid: session.sid, tokens: distrusted })
      if (unread) await keepUnread(session, unread)
      return refused(session, failure, ownBackoff)
    }
    backoff.succeeded()
    ownBackoff.succeeded()
    refusals.granted()
    // Published before anyone is answered, or a late call could come between and spend the old token again.
    const published = isNews(session, refreshed.value)
      ? await publish(session, nextGeneration(session, refreshed.value, parts.keptClaims))
      : session
    const { token } = refreshed.value
    const end = await ended.surelyEndOf(session)
    if (end !== null) {
      // Signed out while the provider was answering: these tokens must not outlive the session.
      if (mayRevokeAfter(end)) {
        await revokeTokens(parts, published)
        const narrow = token && { ...published.tokens, ...token, refreshToken: null }
        if (narrow) await revokeTokens(parts, { sid: session.sid, tokens: narrow })
      }
      return err({ kind: 'session-ended', end })
    }
    telemetry.record({ name: 'refreshed', sid: session.sid, generation: published.generation })
    return ok({ session: published, by: narrowing ?? 'refresh', token })
  }

  async function refresh(tokens: RefreshableTokens, sub: string) {
    const refreshed = await provider.refresh(tokens, sub)
    if (!refreshed.ok || !parts.userinfoAfterRefresh)
      return refreshed.ok ? ok({ tokens: refreshed.value, token: null }) : refreshed
    const told = await provider.userinfo(refreshed.value, sub)
    if (told.ok) return ok({ tokens: refreshed.value, token: null, told: told.value })
    if (told.error === 'unavailable') return ok({ tokens: refreshed.value, token: null })
    const failure = { kind: 'refresh-refused', providerCode: 'untrusted_userinfo' } as const
    return err({ failure, distrusted: refreshed.value, unread: null })
  }

  /** Of an answer that can't be used, what must not be lost: the refresh token, for the next try. */
  async function keepUnread(session: Session, { refreshToken }: TokenSet): Promise<void> {
    if (refreshToken === session.tokens.refreshToken) return
    const kept = await publish(session, withTokens(session, { ...session.tokens, refreshToken }))
    const end = await ended.surelyEndOf(session)
    if (end !== null && mayRevokeAfter(end)) await revokeTokens(parts, kept)
  }

  /** The old token is spent: what came for it reaches the browser, though the store may not take it. */
  async function publish(session: Session, renewed: Session): Promise<Session> {
    try {
      return await successors.publish(session, renewed)
    } catch (cause) {
      failed(session, 'not-published', describeCause(cause))
      return renewed
    }
  }

  async function refused(
    session: Session,
    failure: ProviderFailure | NarrowingFailure,
    ownBackoff: ProviderBackoff,
  ): Spent {
    // About one API, and told by whoever asked for it.
    if (failure.kind === 'narrowing-refused') return err(failure)
    failed(session, failure.kind, describeProviderFailure(failure))
    if (failure.kind === 'refresh-refused') return refusedForGood(session, failure)
    const isOfOneCall = ownBackoff !== backoff && isMalformed(failure)
    if (failure.kind !== 'step-up-required' && !isOfOneCall) {
      ownBackoff.failed(failure.kind === 'provider-unreachable' ? failure.retryAfterSeconds : null)
    }
    return err(failure)
  }

  async function refusedForGood(session: Session, failure: RefreshRefused): Spent {
    // Another instance may have been faster after all: then there is a successor, and nothing is lost.
    const current = await successors.newest(session)
    if (current !== session) return ok(foundToBe(current))
    // Many sessions at once, and not in so many words: that is our standing as a client, not their end.
    if (isVague(failure) && refusals.areEnMasse(session.sid, failure.providerCode)) {
      backoff.failed(null)
      return err({ kind: 'client-refused', providerCode: failure.providerCode })
    }
    await ended.end(session, 'refresh-refused')
    telemetry.record({
      name: 'session-ended',
      sid: session.sid,
      end: 'refresh-refused',
      detail: failure.providerCode,
    })
    // Nobody waits for it.
    revokePredecessors(parts, session).catch(() => {})
    return err(failure)
  }

  function failed({ sid }: Session, kind: string, detail: string): void {
    telemetry.record({ name: 'refresh-failed', sid, kind, detail })
  }

  async function settled(): Promise<void> {
    await Promise.all([renewing.settled(), spending.settled()])
  }

  return { renew, narrow, settled, waitSeconds: backoff.waitSeconds, isFailing: backoff.isFailing }
}

type RefreshableTokens = TokenSet & { readonly refreshToken: RefreshToken }

interface Answer {
  readonly tokens: TokenSet
  readonly token: NarrowToken | null
  /** What userinfo tells of the user now, where that is asked. */
  readonly told?: UserinfoClaims
}

function nextGeneration(
  session: Session,
  { tokens, told }: Answer,
  keptClaims: readonly string[],
): Session {
  const next = withTokens(session, tokens)
  return told === undefined ? next : withClaims(next, told, keptClaims)
}

/** A provider that does not rotate changes nothing about the session when it gives a narrower token. */
function isNews({ tokens }: Session, answer: Answer): boolean {
  return answer.token === null || answer.tokens.refreshToken !== tokens.refreshToken
}

function foundToBe(session: Session): Next {
  return { session, by: 'somebody', token: null }
}

/** What whoever spends its refresh token has a lease of. */
export function renewalName({ sid, generation }: Session): string {
  return `refresh/${sid}/${generation}`
}

type RefreshRefused = Extract<ProviderFailure, { kind: 'refresh-refused' }>

/** A refusal whose code does not say what is refused. */
function isVague(failure: ProviderFailure | NarrowingFailure): boolean {
  return failure.kind === 'refresh-refused' && !isPlainRefusal(failure.providerCode)
}
