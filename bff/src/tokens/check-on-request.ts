import type { ProviderCheck } from '@strongroom/client'
import type { MiddlewareHandler } from 'hono'
import type { CallLimit } from '../base/call-limit.ts'
import { Refusal, type Failure } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { UserinfoDemand } from '../provider/provider-settings.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar, type Jar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { SessionVariables } from '../session/load-session.ts'
import { withClaims, type Session } from '../session/session.ts'
import { SessionTooLarge, type SessionLookup, type SessionStore } from '../session/session-store.ts'
import type { Standing } from './ask-standing.ts'
import type { Refresher } from './refresher.ts'
import type { TokenChecks } from './token-checks.ts'

export interface CheckVariables {
  /** What the provider was asked just now; undefined where it was not. */
  providerCheck?: ProviderCheck
}

export interface CheckOnRequestParts {
  readonly provider: Pick<IdentityProvider, 'userinfo'>
  readonly tokenChecks: Pick<TokenChecks, 'ask' | 'disown'>
  readonly refresher: Pick<Refresher, 'fresh' | 'newest'>
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly clock: { now(): number }
  readonly telemetry: Telemetry
  readonly checks: CallLimit
  readonly userinfo: UserinfoDemand
  /** Which claims a session keeps. */
  readonly keptClaims: readonly string[]
}

interface Checked {
  readonly check: ProviderCheck
  readonly lookup: SessionLookup
}

/**
 * With `?check=provider`: has the provider asked now whether the session's access token is good still, and what it tells of the
 * user. What is learned is kept; the session's times stay as they are.
 */
export function checkOnRequest(
  parts: CheckOnRequestParts,
): MiddlewareHandler<{ Variables: SessionVariables & CheckVariables }> {
  return async function checkOnRequest(c, next) {
    const asked = c.req.query('check')
    if (asked === undefined) return next()
    if (asked !== 'provider')
      throw new Refusal({ kind: 'malformed-request', reason: 'There is no check but "provider".' })
    const { lookup } = c.var
    if (lookup.state !== 'live') return next()
    await parts.checks.admit(c)
    const checked = await check(parts, lookup.session)
    c.set('providerCheck', checked.check)
    c.set('lookup', checked.lookup)
    if (checked.lookup.state === 'live') {
      const session = await keep(parts, honoCookieJar(c), lookup.session, checked.lookup.session)
      c.set('lookup', { state: 'live', session })
    }
    return next()
  }
}

/** A token that is over is renewed first: the answer to that tells as much. */
async function check(parts: CheckOnRequestParts, loaded: Session): Promise<Checked> {
  const fresh = await parts.refresher.fresh(await parts.refresher.newest(loaded))
  if (!fresh.ok) return unrenewed(parts, loaded, fresh.error)
  const asked = await parts.tokenChecks.ask(fresh.value)
  if (asked.standing.state === 'inactive') return over(asked.session, asked.standing)
  const told = await toldOfUser(parts, asked.session, asked.standing)
  if (told === 'another-user')
    return over(asked.session, await parts.tokenChecks.disown(asked.session))
  const session = told === null ? asked.session : withClaims(asked.session, told, parts.keptClaims)
  return { check: viewOf(asked.standing), lookup: { state: 'live', session } }
}

function unrenewed({ clock }: CheckOnRequestParts, session: Session, error: Failure): Checked {
  const askedAt = clock.now()
  const end = error.kind === 'refresh-refused' ? error.kind : null
  const known = error.kind === 'session-ended' ? error.end : end
  return known === null
    ? { check: { state: 'unavailable', askedAt }, lookup: { state: 'live', session } }
    : { check: { state: 'inactive', askedAt }, lookup: { state: 'ended', end: known, session } }
}

/** Of many that contradict, nobody's session is over. */
function over(session: Session, standing: Standing): Checked {
  const lookup: SessionLookup =
    standing.state === 'inactive'
      ? { state: 'ended', end: 'token-revoked', session }
      : { state: 'live', session }
  return { check: viewOf(standing), lookup }
}

async function toldOfUser(
  { provider, userinfo }: CheckOnRequestParts,
  { sub, tokens }: Session,
  standing: Standing,
) {
  if (userinfo === 'never') return null
  if (standing.state !== 'active') return null
  if (standing.claims !== null) return standing.claims
  const told = await provider.userinfo(tokens, sub)
  if (told.ok) return told.value
  return told.error === 'another-user' ? told.error : null
}

function viewOf({ state, askedAt }: Standing): ProviderCheck {
  return { state, askedAt }
}

/** @returns the session as it is from now on: with the claims from before where the new ones don't fit into the cookie */
async function keep(
  parts: CheckOnRequestParts,
  jar: Jar,
  before: Session,
  session: Session,
): Promise<Session> {
  const { sessions, ended, telemetry } = parts
  const isSame =
    session.generation === before.generation &&
    JSON.stringify(session.claims) === JSON.stringify(before.claims)
  // Signed out while the provider was answering: this answer must not bring the session back.
  if (isSame || (await ended.surelyEndOf(session)) !== null) return session
  try {
    await sessions.save(jar, session)
    return session
  } catch (error) {
    if (!(error instanceof SessionTooLarge)) throw error
    telemetry.record({ name: 'session-large', bytes: error.bytes })
    if (session.claims === before.claims) return session
    return keep(parts, jar, before, { ...session, claims: before.claims })
  }
}
