import { randomUUID } from 'node:crypto'
import { routes } from '@strongroom/client'
import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../base/clock.ts'
import {
  ConnectRefusal,
  type ConnectFailure,
  type ProviderFailure,
  type SignInFailure,
} from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { SignIn } from '../provider/provider.ts'
import type { AnswerVariables } from '../provider/read-answer.ts'
import { narrowTokenOf } from '../provider/token-set.ts'
import { honoCookieJar, type Jar } from '../session/cookie-jar.ts'
import type { EndableSession, EndedSessions } from '../session/ended-sessions.ts'
import { discardTokens } from '../tokens/discard-tokens.ts'
import type { Predecessors } from '../tokens/predecessors.ts'
import { redeemCode, type RedeemCodeParts } from '../tokens/redeem-code.ts'
import { giveBack } from '../tokens/revoke-tokens.ts'
import type { ConnectAttempt, ConnectAttempts } from './connect-attempt.ts'
import { checksOf, consentRequest } from './consent-request.ts'
import type { GrantJobs } from './grant-jobs.ts'
import type { GrantVault } from './grant-vault.ts'
import type { GrantDefinition, OfflineGrant } from './offline-grant.ts'
import { revokeGrant, type RevokeGrantParts } from './revoke-grant.ts'
import { storeRefusal } from './start-connect.ts'

export interface FinishConnectParts extends RevokeGrantParts, RedeemCodeParts {
  readonly predecessors: Predecessors
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly attempts: ConnectAttempts
  /** One answer, one attempt. */
  readonly answered: { take(state: string): Promise<boolean> }
  readonly vault: GrantVault
  readonly jobs: () => GrantJobs
  readonly ended: EndedSessions
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** What is known of the attempt that a browser comes back from. */
interface Back {
  readonly attempt: ConnectAttempt
  readonly definition: GrantDefinition
}

/** `GET /auth/callback`, when the browser comes back from consenting to a grant. Any other answer is for who comes next. */
export function finishConnect(
  parts: FinishConnectParts,
): MiddlewareHandler<{ Variables: AnswerVariables }> {
  return async function finishConnect(c, next) {
    const jar = honoCookieJar(c)
    const read = c.get('answer')
    // What is not to be believed belongs to no attempt.
    if (!read.ok) return next()
    const answer = read.value
    const state = answer.get('state') ?? ''
    if (!parts.attempts.holds(jar, state)) return next()
    const back = await closeAttempt(parts, jar, state)
    const { attempt, definition } = back
    const way = { grant: definition, returnTo: attempt.returnTo }
    const before = () => stillLive(parts, attempt)
    const consent = consentRequest(definition)
    const consented = await redeemCode(parts, before, answer, checksOf(attempt), consent)
    if (!consented.ok) {
      const { error } = consented
      throw new ConnectRefusal(isOfSignIn(error) ? asConnectFailure(error) : error, way)
    }
    const fault = await faultOf(parts, back, consented.value)
    if (fault !== null) {
      const { tokens, claims } = consented.value
      await discardTokens(parts, { tokens, sub: claims.sub }, before)
      throw new ConnectRefusal(fault, way)
    }
    const grant = grantOf(back, consented.value, parts.clock.now())
    try {
      await keep(parts, grant)
    } catch (error) {
      // Nobody could use or withdraw them.
      await giveBack(parts, consented.value.tokens)
      throw storeRefusal(error, way)
    }
    return c.redirect(attempt.returnTo, 303)
  }
}

/** Closed whatever comes of it: one answer, one attempt (RFC 9700 §4.2.4). */
async function closeAttempt(
  { attempts, answered, definitions }: FinishConnectParts,
  jar: Jar,
  state: string,
): Promise<Back> {
  const attempt = attempts.close(jar, state)
  const definition = definitions.get(attempt?.grant ?? '')
  const returnTo = attempt?.returnTo ?? routes.home
  if (attempt === null || !definition || !(await answered.take(state)))
    throw new ConnectRefusal({ kind: 'connect-answered' }, { grant: definition ?? null, returnTo })
  return { attempt, definition }
}

/** Why what came may not be kept: then its tokens are revoked. */
async function faultOf(
  { ended }: FinishConnectParts,
  { attempt }: Back,
  { claims, tokens }: SignIn,
): Promise<ConnectFailure | null> {
  // Otherwise whoever can have a victim follow a link, or sits down at their desk, would tie an account to another's app.
  if (claims.sub !== attempt.session.sub) return { kind: 'connect-another-user' }
  if ((await ended.surelyEndOf(attempt.session)) !== null) return { kind: 'connect-session-over' }
  return tokens.refreshToken === null ? { kind: 'connect-unrefreshable' } : null
}

async function stillLive(
  { ended }: FinishConnectParts,
  { session }: ConnectAttempt,
): Promise<EndableSession | null> {
  return (await ended.surelyEndOf(session)) === null ? session : null
}

/** The tokens of the consent stay with it: the session has its own. */
function grantOf(
  { attempt, definition }: Back,
  { tokens, claims }: SignIn,
  now: number,
): OfflineGrant {
  const { dpopKey } = tokens
  // A provider that does not say what it granted has granted what was asked for (RFC 6749 §5.1).
  const scopes = tokens.scopes.length > 0 ? tokens.scopes : [...definition.scopes]
  return {
    v: 1,
    sub: claims.sub,
    grant: attempt.grant,
    asked: { title: definition.title, sentence: definition.sentence },
    connection: randomUUID(),
    connectedAt: now,
    expiresAt: now + definition.longestSeconds,
    generation: 0,
    refreshToken: tokens.refreshToken,
    ...(dpopKey !== undefined && { dpopKey }),
    token: narrowTokenOf(tokens),
    consentedScopes: expectedScopes(scopes, definition.scopes),
    scopes,
    reducedAt: null,
    spending: null,
    broken: null,
  }
}

/**
 * What is to be there from now on: also what the user was asked for and has left out, so that they and the run are told. A provider
 * that names its scopes in a way of its own has given what was asked for.
 */
function expectedScopes(given: readonly string[], asked: readonly string[]): readonly string[] {
  const isInOurWords = asked.some((scope) => given.includes(scope))
  return isInOurWords ? [...new Set([...given, ...asked])] : given
}

/** In the place of an earlier one, which is revoked. */
async function keep(parts: FinishConnectParts, grant: OfflineGrant): Promise<void> {
  const { vault, jobs, telemetry } = parts
  const { grant: name, connection, sub } = grant
  const owner = { sub, grant: name }
  const earlier = await put(parts, grant)
  try {
    await jobs().connected(owner)
  } catch (error) {
    // Connected, but never to run: better not at all, and said.
    await vault.take(owner).catch(() => {})
    throw error
  } finally {
    if (earlier !== null) await revokeGrant(parts, earlier)
  }
  telemetry.record({ name: 'grant-connected', grant: name, connection, sub })
}

/** @returns what lay there */
async function put(parts: FinishConnectParts, grant: OfflineGrant): Promise<OfflineGrant | null> {
  const { vault } = parts
  const before = await vault.read(grant)
  try {
    return await vault.put(grant)
  } catch (error) {
    await takeBack(parts, grant, before?.grant ?? null).catch(() => {})
    throw error
  }
}

/** A store that answers too late has written all the same: the user hears that nothing was connected, so nothing may be. */
async function takeBack(
  parts: FinishConnectParts,
  { connection, grant, sub }: OfflineGrant,
  before: OfflineGrant | null,
): Promise<void> {
  const owner = { sub, grant }
  const kept = await parts.vault.read(owner)
  if (kept?.grant.connection !== connection) return
  // Nobody but us knows of it any more.
  if (before !== null) await revokeGrant(parts, before)
  await parts.vault.take(owner)
}

function isOfSignIn(error: SignInFailure | ProviderFailure): error is SignInFailure {
  return error.kind.startsWith('sign-in-') || error.kind === 'session-too-large'
}

function asConnectFailure(failure: SignInFailure): ConnectFailure {
  if (failure.kind === 'sign-in-refused')
    return { kind: 'connect-refused', providerCode: failure.providerCode }
  return { kind: 'connect-invalid', cause: 'cause' in failure ? failure.cause : failure.kind }
}
