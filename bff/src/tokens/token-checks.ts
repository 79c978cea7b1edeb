import { err, ok, type Result } from '@strongroom/client'
import type { Failure } from '../base/failure.ts'
import { inTurn } from '../keyvalue/in-turn.ts'
import type { IntrospectionDemand } from '../provider/provider-settings.ts'
import {
  isSameAccessToken,
  narrowTokenOf,
  refreshDueAt,
  type NarrowToken,
  type TokenSet,
} from '../provider/token-set.ts'
import { boundedCache } from '../base/bounded-cache.ts'
import type { Session } from '../session/session.ts'
import { askStanding, goodBefore, type AskStandingParts, type Standing } from './ask-standing.ts'
import { refusalWatch } from './refusal-watch.ts'
import { renewalName, type RenewalParts } from './renewal.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { singleFlight } from './single-flight.ts'

/** Asks the provider whether a session's access token is good still, and ends the session whose token is not (RFC 7662). */
export interface TokenChecks {
  /** Whether calls wait for the provider's word at all. */
  readonly isOn: boolean
  /** Whether it is asked again and again, so about what merely stays open as well. */
  readonly isRepeated: boolean
  /** Whether a call must not go out before the provider was asked. Asks nobody: a look into memory. */
  isDue(session: Session): boolean
  /**
   * Asks, or takes what another instance was told a moment ago. Whoever comes at the same time waits along.
   *
   * @returns the same session, or a newer generation of it, whose token is good or could not be asked about.
   *   Fails with `session-ended` (`token-revoked`): it is ended.
   *   Throws a `Refusal` of `store-unreachable` when the token is not good, and the store can't say whether there is a newer.
   */
  check(session: Session): Promise<Result<Session, Failure>>
  /** Asks now, whatever is remembered. The session in the answer is over if the state is `inactive`. */
  ask(session: Session): Promise<Checked>
  /** The access token was found to be another user's. */
  disown(session: Session): Promise<Standing>
  /** Waits for what is under way, before a stop. */
  settled(): Promise<void>
}

export interface Checked {
  readonly standing: Standing
  readonly session: Session
}

export interface TokenChecksParts extends AskStandingParts, RenewalParts {
  readonly provider: RenewalParts['provider']
  readonly introspection: IntrospectionDemand
}

/** Of the sessions that were used longest ago it is asked once more. */
const rememberedSessions = 10_000

/** When asked at the first call alone: what the provider has said so recently, to another instance too, needs no asking. */
const restoreGoodForSeconds = 60

/** While the provider seems to speak of us: soon enough to hear that it does not any more, and not with every call. */
const longestPutOffSeconds = 60

type Inactive = Extract<Standing, { state: 'inactive' }>

interface Seen {
  readonly token: NarrowToken
  /** What the provider said of it is good before this instant. */
  readonly goodUntil: number
}

export function createTokenChecks(parts: TokenChecksParts): TokenChecks {
  const { introspection, keyValue, successors, ended, clock, telemetry } = parts
  const standings = askStanding(parts)
  const checking = singleFlight<Checked>()
  const revoking = singleFlight<unknown>()
  const contradictions = refusalWatch(clock, telemetry)
  const inactives = refusalWatch(clock, telemetry)
  const seen = boundedCache<Seen>(rememberedSessions)
  const startedAt = clock.now()
  const goodForSeconds = typeof introspection === 'number' ? introspection : restoreGoodForSeconds
  let hasVouchedForAny = false
  const noticed = new Set<string>()

  /** Until when the provider has vouched for the token: to issue it is to vouch for it. */
  function goodUntil({ sid, tokens }: Session, seconds: number): number {
    const known = seen.get(sid)
    return known !== undefined && isSameAccessToken(known.token, tokens)
      ? known.goodUntil
      : tokens.issuedAt + seconds
  }

  function isRestored({ sid, tokens }: Session): boolean {
    if (seen.get(sid)) return false
    const now = clock.now()
    return tokens.issuedAt < startedAt || now >= tokens.issuedAt + restoreGoodForSeconds
  }

  function remember({ sid, tokens }: Session, standing: Standing): void {
    if (standing.state === 'unavailable') return
    seen.set(sid, { token: narrowTokenOf(tokens), goodUntil: goodBefore(standing, goodForSeconds) })
  }

  function putOff({ sid, tokens }: Session, until: number): void {
    seen.set(sid, { token: narrowTokenOf(tokens), goodUntil: until })
  }

  /** For a generation whose token is not good, the one after it is asked about: a provider may drop a token that it replaces. */
  async function standingOf(
    session: Session,
    ask: (session: Session) => Promise<Standing>,
  ): Promise<Checked> {
    for (let current = session; ;) {
      const standing = await ask(current)
      if (standing.state !== 'inactive') {
        if (standing.state === 'active') {
          contradictions.granted()
          hasVouchedForAny = true
        }
        if (standing.state === 'unsupported' && introspection !== 'never') noticeOnce(nobodyToAsk)
        remember(current, standing)
        return { standing, session: current }
      }
      const next = await behindRenewals(current)
      // The same, but a refresh for one API may have moved the refresh token on: the newest is the one to revoke.
      if (isSameAccessToken(next.tokens, current.tokens))
        return { standing: await judge(next, standing), session: next }
      // What is over by its age was not revoked: that one is for the next call to renew.
      if (isBeingRenewed(next.tokens, clock.now()))
        return { standing: { state: 'unavailable', askedAt: standing.askedAt }, session: next }
      current = next
    }
  }

  /** The newest generation, once nobody is making another. */
  async function behindRenewals(session: Session): Promise<Session> {
    const newest = await inTurn(keyValue, renewalName(session), async (isOurs) =>
      isOurs ? successors.newest(session) : null,
    )
    return newest ?? successors.newest(session)
  }

  /** @param session  the newest generation: a refresh that is under way revokes by itself what comes after the end */
  async function judge(session: Session, standing: Inactive): Promise<Standing> {
    const { because, askedAt } = standing
    if (isAboutUs(session, because)) {
      if (typeof introspection === 'number')
        putOff(session, askedAt + Math.min(goodForSeconds, longestPutOffSeconds))
      return { state: 'unavailable', askedAt }
    }
    // Another instance may have been faster.
    if ((await ended.surelyEndOf(session)) !== null) return standing
    const detail = because === 'inactive' ? 'inactive' : `another ${because}`
    await ended.end(session, 'token-revoked')
    telemetry.record({ name: 'session-ended', sid: session.sid, end: 'token-revoked', detail })
    // Nobody waits for it: what of the tokens is good still is revoked, or queued.
    revoking.run(session.sid, () => revokeTokens(parts, session)).catch(() => {})
    return standing
  }

  /** Whether so many sessions at once are told the same that it can't be about any one of them. */
  function isAboutUs({ sid, tokens }: Session, because: Inactive['because']): boolean {
    // Tokens that are all somebody else's: the provider has other names than its ID tokens.
    if (because !== 'inactive') return contradictions.areEnMasse(sid, `introspected_${because}`)
    // RFC 7662 §2.2: who may not ask hears that a token is not active, too. A provider that has once called one active lets us
    // ask, and what was issued before we began may have been revoked since: both are believed, however many they are.
    if (hasVouchedForAny || tokens.issuedAt < startedAt) return false
    noticeOnce(nothingActive)
    return inactives.areEnMasse(sid, 'introspected_inactive')
  }

  function noticeOnce(text: string): void {
    if (noticed.has(text)) return
    noticed.add(text)
    telemetry.record({ name: 'notice', text })
  }

  return {
    isOn: introspection !== 'never',
    isRepeated: typeof introspection === 'number',

    isDue(session) {
      if (introspection === 'never' || isBeingRenewed(session.tokens, clock.now())) return false
      return introspection === 'restore'
        ? isRestored(session)
        : clock.now() >= goodUntil(session, introspection)
    },

    async check(session) {
      const asked = await checking.run(nameOf(session), () =>
        standingOf(session, (each) => standings.shared(each, goodForSeconds)),
      )
      return asked.standing.state === 'inactive'
        ? err({ kind: 'session-ended', end: 'token-revoked' })
        : ok(asked.session)
    },

    ask: (session) =>
      checking.run(`now/${nameOf(session)}`, () => standingOf(session, standings.now)),

    async disown(session) {
      const newest = await successors.newest(session).catch(() => session)
      return judge(newest, { state: 'inactive', because: 'sub', askedAt: clock.now() })
    },

    async settled() {
      await checking.settled()
      await standings.settled()
      await revoking.settled()
    },
  }
}

function nameOf({ sid, generation }: Session): string {
  return `${sid}/${generation}`
}

/** The renewal asks more than we would; and at a provider whose clock is ahead, the token may be over already. */
function isBeingRenewed(tokens: TokenSet, now: number): boolean {
  return tokens.refreshToken !== null && now >= refreshDueAt(tokens)
}

const nobodyToAsk =
  'provider.introspection is on, but the provider’s discovery document names no introspection_endpoint, so nobody is asked. provider.introspectByUserinfo has userinfo asked in its place.'

const nothingActive =
  'The provider calls a token inactive that it issued since the start, and has called none active so far. A provider says so of every token to a client that may not introspect, and ends all sessions by it: may this one?'
