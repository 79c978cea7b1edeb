import { backgroundHeader, ok } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import { whenThere, type AtOnce } from '../base/at-once.ts'
import type { Clock } from '../base/clock.ts'
import { Refusal, type SessionEnd } from '../base/failure.ts'
import { requestHeader } from '../base/incoming.ts'
import type { ProxyTrust } from '../base/proxy-trust.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { CallToken } from '../provider/token-authorization.ts'
import { refreshDueAt, type AccessToken, type NarrowToken } from '../provider/token-set.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import { isTouchDue, type Session, type SessionLimits } from '../session/session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import { SessionTooLarge, type SessionStore } from '../session/session-store.ts'
import { whereabouts } from '../session/whereabouts.ts'
import type { NarrowDemand } from './narrow-store.ts'
import type { Narrower } from './narrower.ts'
import type { Refresher } from './refresher.ts'
import { tooYoungToRenewSeconds } from './renewal.ts'
import type { TokenChecks } from './token-checks.ts'
import { watchSession } from './watch-session.ts'

/** Whether a call needs somebody signed in: yes, only takes their token along, or goes without. */
export type TokenDemand = 'required' | 'if-signed-in' | 'none'

export interface TokenVariables {
  /** What the call bears, with the key that it is bound to if it is. */
  callToken: CallToken | null
  /** For when the API refuses the token before its time: renews it once, or null when that gains nothing. */
  renewCallToken: () => Promise<CallToken | null>
  /**
   * Writes the session into the answer if it has moved on. For the last moment before the answer's head goes out, and to be called
   * whatever became of the call: one that failed has spent a refresh token all the same. Called again, it does nothing.
   *
   * @returns whether the answer bears cookies now
   */
  keepSession: () => AtOnce<boolean>
  /** For an answer that stays open: calls back when the session is over. @returns stops watching */
  watchSession: (over: (end: SessionEnd) => void) => () => void
}

type TokenContext = Context<{ Variables: SessionVariables & TokenVariables }>

export interface FreshTokenParts {
  readonly refresher: Refresher
  readonly narrower: Narrower
  readonly tokenChecks: Pick<TokenChecks, 'isOn' | 'isDue' | 'check'>
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly ended: EndedSessions
  readonly limits: SessionLimits
  readonly proxies: ProxyTrust
  readonly clock: Clock
  readonly telemetry: Telemetry
}

const backgroundName = backgroundHeader.name.toLowerCase() as Lowercase<string>

/** Sets an access token that is good for this call, and lets the browser know when the session has moved on meanwhile. */
export function freshToken(
  parts: FreshTokenParts,
  demand: TokenDemand,
  narrow: NarrowDemand | null = null,
): MiddlewareHandler<{ Variables: SessionVariables & TokenVariables }> {
  return function freshToken(c, next) {
    const lookup = c.get('lookup')
    if (demand === 'none' || (demand === 'if-signed-in' && lookup.state !== 'live')) {
      goWithoutToken(c)
      return next()
    }
    const loaded = liveSession(lookup)
    return whenThere(usable(c, parts, loaded, narrow), (found) => {
      goWithToken(c, parts, loaded, narrow, found)
      return next()
    }) as Promise<void>
  }
}

interface Usable {
  readonly session: Session
  readonly token: NarrowToken
}

/** The session with a token that is good for this call: nearly always as it came. */
export function usable(
  c: Context,
  parts: FreshTokenParts,
  loaded: Session,
  narrow: NarrowDemand | null,
): AtOnce<Usable> {
  const fresh = parts.refresher.fresh(loaded)
  const isSame = 'ok' in fresh && fresh.ok && fresh.value === loaded
  return isSame && narrow === null && !parts.tokenChecks.isDue(loaded)
    ? { session: loaded, token: loaded.tokens }
    : madeUsable(c, parts, loaded, narrow, fresh)
}

async function madeUsable(
  c: Context,
  parts: FreshTokenParts,
  loaded: Session,
  narrow: NarrowDemand | null,
  fresh: ReturnType<Refresher['fresh']>,
): Promise<Usable> {
  let session = await use(c, parts, loaded, fresh)
  if (parts.tokenChecks.isDue(session))
    session = await use(c, parts, session, parts.tokenChecks.check(session))
  return narrow ? narrowed(c, parts, session, narrow) : { session, token: session.tokens }
}

function goWithToken(
  c: TokenContext,
  parts: FreshTokenParts,
  loaded: Session,
  narrow: NarrowDemand | null,
  { session, token }: Usable,
): void {
  c.set('callToken', token)
  c.set('renewCallToken', async () => {
    if (parts.clock.now() < token.issuedAt + tooYoungToRenewSeconds) return null
    if (narrow) {
      ;({ session, token } = await narrowed(c, parts, session, narrow, token.accessToken))
      return token
    }
    if (session.tokens.refreshToken === null) return null
    session = await use(c, parts, session, parts.refresher.renewed(session))
    token = session.tokens
    return token
  })
  goWithSession(c, parts, loaded.generation, () => session)
}

/** @param session  as it is by then */
export function goWithSession(
  c: TokenContext,
  parts: FreshTokenParts,
  generationInBrowser: number,
  session: () => Session,
): void {
  let kept: AtOnce<boolean> | null = null
  c.set('keepSession', () => (kept ??= keepSession(c, parts, generationInBrowser, session())))
  c.set('watchSession', (over) => watchSession(parts, session(), over))
}

export function goWithoutToken(c: TokenContext): void {
  c.set('callToken', null)
  c.set('renewCallToken', async () => null)
  c.set('keepSession', () => false)
  c.set('watchSession', () => () => {})
}

/** A renewed session that is kept on the server is saved at once: the API may take longer than late calls are waited for. */
async function use(
  c: Context,
  { sessions }: FreshTokenParts,
  session: Session,
  refreshing: ReturnType<Refresher['fresh']>,
): Promise<Session> {
  const fresh = await refreshing
  if (!fresh.ok) throw new Refusal(fresh.error)
  const moved = fresh.value.generation !== session.generation
  if (moved && sessions.keptIn === 'server') await sessions.save(honoCookieJar(c), fresh.value)
  return fresh.value
}

/** A token for this API alone. The session may have moved on for it. */
async function narrowed(
  c: Context,
  parts: FreshTokenParts,
  session: Session,
  demand: NarrowDemand,
  refused?: AccessToken,
): Promise<Usable> {
  const taken = await parts.narrower.take(session, demand, refused)
  if (!taken.ok) throw new Refusal(taken.error)
  const { token, session: moved } = taken.value
  return { session: await use(c, parts, session, ok(moved)), token }
}

/** Saves only when something changed: a newer generation, or a tenth of the idle time gone by. */
function keepSession(
  c: Context,
  parts: FreshTokenParts,
  generationInBrowser: number,
  session: Session,
): AtOnce<boolean> {
  const now = parts.clock.now()
  const active = requestHeader(c, backgroundName) === undefined
  const touch = active && isTouchDue(session, parts.limits, now)
  const due = now >= refreshDueAt(session.tokens)
  if (session.generation === generationInBrowser && !touch && !due) return false
  return saveNewest(c, parts, generationInBrowser, session, { active, touch })
}

async function saveNewest(
  c: Context,
  { refresher, sessions, index, ended, proxies, clock, telemetry }: FreshTokenParts,
  generationInBrowser: number,
  session: Session,
  { active, touch }: { readonly active: boolean; readonly touch: boolean },
): Promise<boolean> {
  try {
    // Another may have moved it on while the upstream was answering: an older generation must not be written over a newer.
    const newest = await refresher.newest(session)
    if (newest.generation === generationInBrowser && !touch) return false
    // Signed out while the upstream was answering: this answer must not bring the session back.
    if ((await ended.surelyEndOf(newest)) !== null) return false
    await sessions.save(honoCookieJar(c), active ? { ...newest, touchedAt: clock.now() } : newest)
    if (sessions.keptIn === 'browser') c.header('Cache-Control', 'no-store')
    // For the user's list of sessions. Nobody waits for it.
    index.note(newest, whereabouts(c, proxies)).catch(() => {})
    return sessions.keptIn === 'browser'
  } catch (error) {
    // The API has answered; its answer is not lost because the session could not be saved.
    if (error instanceof SessionTooLarge)
      telemetry.record({ name: 'session-large', bytes: error.bytes })
    else if (!(error instanceof Refusal)) throw error
    return false
  }
}
