import { err, ok, type Result } from '@strongroom/client'
import type { AtOnce } from '../base/at-once.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Failure } from '../base/failure.ts'
import { notNow } from '../base/provider-trouble.ts'
import { within } from '../base/within.ts'
import { isSameAccessToken, refreshDueAt } from '../provider/token-set.ts'
import { isTokenValid, type Session } from '../session/session.ts'
import type { Renewal, RenewalParts } from './renewal.ts'

export interface Refresher {
  /**
   * Gives the session with an access token that can be used now.
   *
   * While the token is valid nobody waits: inside the last minute (the last third of a short life) it is renewed in
   * the background, and the next call finds the result. Only an expired one is waited for, ten seconds at most.
   *
   * @param session  as it came with a cookie
   * @returns the same session, or a newer generation of it that must reach the browser.
   *   Fails with `refresh-refused` (fatal: it is ended), `session-ended`, or a provider failure that is transient.
   *   Throws a `Refusal` of `store-unreachable` when the token is over and the store can't be asked.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6}
   */
  fresh(session: Session): AtOnce<Result<Session, Failure>>

  /** The same, but the token of this generation is of no use any more, whatever the clock says: the API refused it. */
  renewed(session: Session): Promise<Result<Session, Failure>>

  /** The newest generation that is known of this session, without asking the provider; itself while nobody can be asked. */
  newest(session: Session): Promise<Session>

  /** Waits for the renewals that are under way, before a stop. */
  settled(): Promise<void>

  /** Whether the session's access token is over while the provider could not be reached to renew it. */
  isDegraded(session: Session): boolean
  /** Whether no token can be renewed at present, whoever's. */
  isFailing(): boolean
}

type Refreshed = Promise<Result<Session, Failure>>

/** How long a call waits for a renewal. The renewal itself goes on, and the next call finds what it brought. */
const patienceSeconds = 10

export function createRefresher(parts: RenewalParts & { readonly renewal: Renewal }): Refresher {
  const { renewal, successors, clock, telemetry } = parts

  const isValid = (session: Session) => isTokenValid(session, clock.now())
  const isDue = ({ tokens }: Session) =>
    tokens.refreshToken !== null && clock.now() >= refreshDueAt(tokens)

  async function newest(session: Session): Promise<Session> {
    const found = await successors.newest(session)
    const generationsBehind = found.generation - session.generation
    if (generationsBehind > 0) {
      telemetry.record({ name: 'late-call-served', sid: session.sid, generationsBehind })
    }
    return found
  }

  /** Valid, but perhaps not for long: good for this call in any case, even if nobody can be asked. */
  async function freshEnough(session: Session): Refreshed {
    const current = await newest(session).catch(() => session)
    if (isDue(current) && renewal.waitSeconds() === 0) renewInBackground(current)
    return ok(current)
  }

  async function renewedOrNewest(session: Session): Refreshed {
    const current = await newest(session)
    return isValid(current) ? freshEnough(current) : patiently(renewal.renew(current))
  }

  function renewInBackground(session: Session): void {
    renewal.renew(session).catch((cause: unknown) => {
      const detail = describeCause(cause)
      telemetry.record({ name: 'refresh-failed', sid: session.sid, kind: 'unexpected', detail })
    })
  }

  /** As long as one renewal is waited for, by all who wait for it together: who comes later finds it over. */
  const waits = new WeakMap<Refreshed, Refreshed>()

  function patiently(renewing: Refreshed): Refreshed {
    const waiting = waits.get(renewing)
    if (waiting) return waiting
    const tooSlow: Result<Session, Failure> = err(
      notNow(`no renewal within ${patienceSeconds} s`, null),
    )
    const waited = within(patienceSeconds, renewing, tooSlow)
    waits.set(renewing, waited)
    return waited
  }

  return {
    fresh(session) {
      // It came with a cookie, so the browser has it.
      successors.acknowledge(session)
      if (!isValid(session)) return renewedOrNewest(session)
      return isDue(session) ? freshEnough(session) : ok(session)
    },

    async renewed(session) {
      const current = await newest(session)
      const isAnother = !isSameAccessToken(current.tokens, session.tokens)
      return isAnother && isValid(current) ? ok(current) : patiently(renewal.renew(current))
    },

    newest: (session) => newest(session).catch(() => session),

    settled: renewal.settled,

    isFailing: renewal.isFailing,
    isDegraded: (session) => renewal.waitSeconds() > 0 && !isValid(session),
  }
}
