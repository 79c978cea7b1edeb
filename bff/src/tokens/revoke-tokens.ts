import { randomUUID } from 'node:crypto'
import type { Revocation } from '@strongroom/client'
import type { SessionEnd } from '../base/failure.ts'
import { within } from '../base/within.ts'
import type { IdentityProvider, RevocationOutcome } from '../provider/provider.ts'
import type { TokenSet } from '../provider/token-set.ts'
import type { Session } from '../session/session.ts'
import { diedAlong, type PendingToken } from './queued-revocation.ts'
import type { NarrowStore } from './narrow-store.ts'
import type { Predecessors } from './predecessors.ts'
import type { RevocationOutbox } from './revocation-outbox.ts'

/** How long a sign-out waits for each answer of the provider. */
export const patienceSeconds = 2

/** Which tokens of a session the provider is asked to revoke when it ends. */
export type RevokeAtSignOut = 'both' | 'refresh-token' | 'neither'

export interface GiveBackParts {
  readonly revokeAtSignOut: RevokeAtSignOut
  readonly provider: Pick<IdentityProvider, 'revoke'>
  readonly outbox: RevocationOutbox
}

export interface RevokeParts extends GiveBackParts {
  readonly narrowTokens: Pick<NarrowStore, 'take'>
  readonly predecessors: Pick<Predecessors, 'take'>
}

/**
 * Whether tokens that come for a session which has ended meanwhile are to be revoked. Not those of one that another sign-in replaced:
 * that of its successor might be withdrawn along with them. What the successor knows of it is revoked with its own.
 */
export function mayRevokeAfter(end: SessionEnd): boolean {
  return end !== 'replaced'
}

type Revoked = Pick<Session, 'sid' | 'tokens'>

export interface Revocations {
  readonly refreshToken: Revocation
  readonly accessToken: Revocation
}

/**
 * Revokes both tokens, the refresh token first, since a provider should drop the access token along with it
 * (RFC 7009 §2.1), and those of the sessions that this one replaced. Fails nobody: what could not be done in time goes to the
 * outbox, and of the session's own it is said.
 */
export function revokeTokens(parts: RevokeParts, session: Revoked): Promise<Revocations> {
  return withPredecessors(parts, session, revokeNow)
}

/** Revokes tokens that no session holds, so nothing else along with them. Fails nobody, and takes no longer than a sign-out. */
export async function giveBack(parts: GiveBackParts, tokens: TokenSet): Promise<void> {
  await revokeBoth(parts, { sid: randomUUID(), tokens }).catch(() => {})
}

/** Leaves all of them to the outbox, and asks the provider nothing now. */
export function revokeLater(parts: RevokeParts, session: Revoked): Promise<Revocations> {
  return withPredecessors(parts, session, leaveToOutbox)
}

/**
 * The session's own first: at some providers all die along with one, and then nobody could say that they were revoked. The others have
 * what is left of the time that a sign-out waits for an answer, and go on unheard.
 */
async function withPredecessors(
  parts: RevokeParts,
  session: Revoked,
  revoke: typeof revokeNow,
): Promise<Revocations> {
  const startedAt = performance.now()
  const revocations = await revoke(parts, session)
  const isSlow = Object.values(revocations).includes('queued')
  const others = revokePredecessors(parts, session, isSlow ? leaveToOutbox : revoke).catch(() => {})
  const left = patienceSeconds - (performance.now() - startedAt) / 1000
  await within(Math.max(0, left), others, undefined)
  return revocations
}

/** The tokens of the sessions that this one replaced: all that is left to revoke where its own are refused already. */
export async function revokePredecessors(
  parts: RevokeParts,
  { sid }: Pick<Session, 'sid'>,
  revoke = revokeNow,
): Promise<void> {
  const taken = await parts.predecessors.take(sid)
  await Promise.all(taken.map((each) => revoke(parts, each)))
}

async function revokeNow(parts: RevokeParts, session: Revoked): Promise<Revocations> {
  const { silent, ...revocations } = await revokeBoth(parts, session)
  await revokeNarrowTokens(parts, session, silent)
  return revocations
}

/** @returns besides, whether the provider has let us wait in vain */
async function revokeBoth(
  parts: GiveBackParts,
  { sid, tokens }: Revoked,
): Promise<Revocations & { readonly silent: boolean }> {
  const { provider, outbox, revokeAtSignOut } = parts
  const { refreshToken, accessToken, expiresAt } = tokens
  const pending: PendingToken[] = []
  let retryAfterSeconds = 0

  async function revoke(token: PendingToken): Promise<RevocationOutcome> {
    if (!isRevocable(token.kind, revokeAtSignOut)) return 'unsupported'
    const outcome = await within(patienceSeconds, provider.revoke(token.token, token.kind), tooLate)
    if (typeof outcome === 'object' && outcome.failed === 'for-now') {
      pending.push(token)
      retryAfterSeconds = Math.max(retryAfterSeconds, outcome.retryAfterSeconds ?? 0)
    }
    return outcome
  }

  const refresh =
    refreshToken === null ? null : await revoke({ kind: 'refresh', token: refreshToken })
  const refreshTokenRevoked = refresh === 'revoked'
  const own: PendingToken = { kind: 'access', token: accessToken, expiresAt }
  // A provider that was silent once is not waited for again.
  const silent = refresh === tooLate && isRevocable('access', revokeAtSignOut)
  if (silent) pending.push(own)
  const access = silent ? tooLate : await revoke(own)
  const queued =
    pending.length > 0 &&
    (await outbox.add({ sid, tokens: pending, refreshTokenRevoked }, retryAfterSeconds))
  return {
    refreshToken: refresh === null ? 'none' : told(refresh, queued),
    accessToken: told(diedAlong(access, refreshTokenRevoked) ? 'revoked' : access, queued),
    silent: access === tooLate,
  }
}

async function leaveToOutbox(parts: RevokeParts, { sid, tokens }: Revoked): Promise<Revocations> {
  const { refreshToken, accessToken, expiresAt } = tokens
  const all: PendingToken[] = [{ kind: 'access', token: accessToken, expiresAt }]
  if (refreshToken !== null) all.unshift({ kind: 'refresh', token: refreshToken })
  const pending = all.filter(({ kind }) => isRevocable(kind, parts.revokeAtSignOut))
  await revokeNarrowTokens(parts, { sid }, true)
  const queued =
    pending.length > 0 &&
    (await parts.outbox.add({ sid, tokens: pending, refreshTokenRevoked: false }, 0))
  const outcome = (kind: PendingToken['kind']) =>
    isRevocable(kind, parts.revokeAtSignOut) ? told(tooLate, queued) : 'unsupported'
  return {
    refreshToken: refreshToken === null ? 'none' : outcome('refresh'),
    accessToken: outcome('access'),
  }
}

/**
 * Revokes the tokens of a session that are good for one API each, as far as they are known. Each is short-lived, and a provider
 * should have dropped them along with the refresh token: what can't be done in time goes to the outbox, and nobody is told.
 *
 * @param silent  the provider has just let us wait in vain, and is not waited for again
 */
export async function revokeNarrowTokens(
  { provider, outbox, narrowTokens, revokeAtSignOut }: RevokeParts,
  { sid }: Pick<Session, 'sid'>,
  silent = false,
): Promise<void> {
  const taken = await narrowTokens.take(sid)
  if (!isRevocable('access', revokeAtSignOut)) return
  const outcomes = await Promise.all(
    taken.map(({ accessToken }) =>
      silent
        ? Promise.resolve(tooLate)
        : within(patienceSeconds, provider.revoke(accessToken, 'access'), tooLate),
    ),
  )
  const tokens = taken
    .filter((_, at) => isPassing(outcomes[at]))
    .map(({ accessToken, expiresAt }): PendingToken => {
      return { kind: 'access', token: accessToken, expiresAt }
    })
  if (tokens.length > 0) await outbox.add({ sid, tokens, refreshTokenRevoked: true }, 0)
}

function isRevocable(kind: PendingToken['kind'], revokeAtSignOut: RevokeAtSignOut): boolean {
  return revokeAtSignOut === 'both' || (kind === 'refresh' && revokeAtSignOut === 'refresh-token')
}

function isPassing(outcome: RevocationOutcome | undefined): boolean {
  return typeof outcome === 'object' && outcome.failed === 'for-now'
}

const tooLate: RevocationOutcome = { failed: 'for-now', retryAfterSeconds: null }

function told(outcome: RevocationOutcome, queued: boolean): Revocation {
  if (typeof outcome !== 'object') return outcome
  return outcome.failed === 'for-now' && queued ? 'queued' : 'failed'
}
