import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Failure, ProviderFailure } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { refreshDueAt } from '../provider/token-set.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { withTokens, type Session } from '../session/session.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { singleFlight } from './single-flight.ts'
import type { Successors } from './successors.ts'

export interface Refresher {
  /**
   * Gives the session with an access token that can be used now.
   *
   * While the token is valid nobody waits: inside the last minute (the last third of a short life) it is renewed in
   * the background, and the next call finds the result. Only an expired one is waited for.
   *
   * @returns the same session, or a newer generation of it that must reach the browser.
   *   Fails with `refresh-refused` (fatal: it is ended), `session-ended`, or a provider failure that is transient.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6}
   */
  fresh(session: Session): Promise<Result<Session, Failure>>

  /** The newest generation that is known of this session, without asking the provider. */
  newest(session: Session): Promise<Session>

  /** Whether the session's access token is over while the provider could not be reached to renew it. */
  isDegraded(session: Session): boolean
}

export interface RefresherParts {
  readonly provider: IdentityProvider
  readonly successors: Successors
  readonly ended: EndedSessions
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export function createRefresher({
  provider,
  successors,
  ended,
  clock,
  telemetry,
}: RefresherParts): Refresher {
  const flight = singleFlight<Result<Session, Failure>>()
  let providerTrouble = false

  const isValid = ({ tokens }: Session) => clock.now() < tokens.expiresAt
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

  async function fresh(session: Session): Promise<Result<Session, Failure>> {
    if (isValid(session) && !isDue(session)) return ok(session)
    const current = await newest(session)
    if (!isValid(current)) return refreshOnce(current)
    if (isDue(current)) refreshInBackground(current)
    return ok(current)
  }

  function refreshInBackground(session: Session): void {
    refreshOnce(session).catch((cause: unknown) => {
      telemetry.record({
        name: 'refresh-failed',
        sid: session.sid,
        kind: 'unexpected',
        detail: describeCause(cause),
      })
    })
  }

  function refreshOnce(session: Session): Promise<Result<Session, Failure>> {
    const { refreshToken } = session.tokens
    if (refreshToken === null)
      return Promise.resolve(err({ kind: 'session-ended', end: 'token-expired' }))
    return flight(`${session.sid}/${session.generation}`, async () => {
      // Somebody may have finished between our looking and our taking off.
      const current = await successors.newest(session)
      return current === session
        ? spend(session, { ...session.tokens, refreshToken })
        : fresh(current)
    })
  }

  async function spend(
    session: Session,
    tokens: Parameters<IdentityProvider['refresh']>[0],
  ): Promise<Result<Session, Failure>> {
    const refreshed = await provider.refresh(tokens, session.sub)
    providerTrouble = !refreshed.ok && isTransient(refreshed.error)
    if (!refreshed.ok) return refused(session, refreshed.error)
    const renewed = withTokens(session, refreshed.value, session.touchedAt)
    const end = await ended.endOf(session)
    if (end !== null) {
      // Signed out while the provider was answering: these tokens must not outlive the session.
      await revokeTokens(provider, refreshed.value)
      return err({ kind: 'session-ended', end })
    }
    // Published before anyone is answered, or a late call could come between and spend the old token again.
    await successors.publish(session, renewed)
    telemetry.record({ name: 'refreshed', sid: session.sid, generation: renewed.generation })
    return ok(renewed)
  }

  async function refused(
    session: Session,
    failure: ProviderFailure,
  ): Promise<Result<Session, Failure>> {
    telemetry.record({
      name: 'refresh-failed',
      sid: session.sid,
      kind: failure.kind,
      detail: detailOf(failure),
    })
    if (failure.kind === 'refresh-refused') {
      await ended.end(session, 'refresh-refused', clock.now())
      telemetry.record({
        name: 'session-ended',
        sid: session.sid,
        end: 'refresh-refused',
        detail: failure.providerCode,
      })
    }
    return err(failure)
  }

  return {
    fresh,
    newest,
    isDegraded: (session) => providerTrouble && !isValid(session),
  }
}

function isTransient(failure: ProviderFailure): boolean {
  return failure.kind === 'provider-unreachable' || failure.kind === 'client-refused'
}

function detailOf(failure: ProviderFailure): string {
  switch (failure.kind) {
    case 'refresh-refused':
    case 'client-refused':
      return failure.providerCode
    case 'provider-unreachable':
      return describeCause(failure.cause)
    case 'step-up-required':
      return 'the provider asks for a stronger sign-in'
  }
}
