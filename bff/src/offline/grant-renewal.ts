import { randomUUID } from 'node:crypto'
import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { newDpopKey } from '../base/dpop-key.ts'
import type { GrantFailure, ProviderFailure } from '../base/failure.ts'
import { describeProviderFailure, notNow } from '../base/provider-trouble.ts'
import { inTurn } from '../keyvalue/in-turn.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider, RefreshFailure } from '../provider/provider.ts'
import { narrowTokenOf, type RefreshToken, type TokenSet } from '../provider/token-set.ts'
import { providerBackoff } from '../tokens/provider-backoff.ts'
import { refusalWatch } from '../tokens/refusal-watch.ts'
import { revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'
import type { GrantVault, KeptGrant } from './grant-vault.ts'
import { grantKey, type BrokenReason, type GrantOwner, type OfflineGrant } from './offline-grant.ts'
import { TakenOver, type TokenAnswers } from './token-answers.ts'

export interface GrantRenewalParts extends RevokeParts {
  readonly provider: IdentityProvider
  readonly keyValue: KeyValue
  readonly vault: GrantVault
  readonly answers: TokenAnswers
  /** Whether tokens are bound to a key (RFC 9449). */
  readonly dpop: boolean
  /** The API that a grant's tokens are for, or null. */
  readonly resourceOf: (grant: string) => string | null
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Spends a grant's refresh token, so that a crash at any moment loses nothing that can be kept. */
export interface GrantRenewal {
  /**
   * Gives the grant as it is after a refresh: ours, or one that somebody else has made meanwhile.
   *
   * @param suffices  whether the grant is already as it is wanted
   * @returns null when there is no such grant any more
   */
  renew(
    owner: GrantOwner,
    suffices: (grant: OfflineGrant) => boolean,
  ): Promise<Result<OfflineGrant | null, GrantFailure>>
}

type Spending = NonNullable<OfflineGrant['spending']>

type Renewed = Result<OfflineGrant | null, GrantFailure>

/** What an attempt leads to: an end, or another look, since the grant has changed. */
type Step = Renewed | 'again'

/**
 * Keeps two from doing the same work, no more: what is written is guarded by itself. So it may be short, and another soon goes
 * on where a process has died.
 */
const leaseSeconds = 2

/** How often it looks: longer in all than a token request takes whose process has died. */
const mostLooks = 1200

export function createGrantRenewal(parts: GrantRenewalParts): GrantRenewal {
  const { provider, keyValue, vault, answers, clock, telemetry } = parts
  const backoff = providerBackoff(clock, 'provider-grants', telemetry)
  const refusals = refusalWatch(clock, telemetry)
  const vagueOnce = new Set<string>()
  const nonceWantedOnce = new Set<string>()

  async function renew(
    owner: GrantOwner,
    suffices: (grant: OfflineGrant) => boolean,
  ): Promise<Renewed> {
    const look = async (isOurs: boolean): Promise<Renewed | null> => {
      const kept = await vault.read(owner)
      if (kept === null || suffices(kept.grant)) return ok(kept?.grant ?? null)
      const step = isOurs ? await goOn(kept) : 'again'
      return step === 'again' ? null : step
    }
    const renewed = await inTurn(keyValue, grantKey(owner), look, { leaseSeconds, mostLooks })
    return renewed ?? err(notNow('not refreshed: another instance is at it', null))
  }

  /** From where the grant stands: before a request, or after one whose answer nobody has taken in. */
  async function goOn(kept: KeptGrant): Promise<Step> {
    const { spending } = kept.grant
    if (spending === null) return spend(kept, false)
    const answer = await answers.found(spending.attempt)
    if (answer === null) return spend(kept, true)
    telemetry.record({ name: 'grant-answer-found', ...about(kept.grant) })
    return takeIn(kept, spending, answer)
  }

  /**
   * Marked first: whoever comes after a crash knows that the token may be spent, and where its answer lies.
   *
   * @param doubtful  the token may be spent already. Then its answer is lost, and so is nothing by trying it once more: a
   *   provider that allows for that gives it again.
   */
  async function spend(kept: KeptGrant, doubtful: boolean): Promise<Step> {
    const waitSeconds = backoff.waitSeconds()
    if (waitSeconds > 0) return err(notNow('not asked: it failed a moment ago', waitSeconds))
    const spending = { attempt: randomUUID(), since: clock.now(), doubtful }
    // Of the answer that is found after a crash, the key must be known, too.
    const dpopKey = kept.grant.dpopKey ?? (parts.dpop ? newDpopKey() : undefined)
    const bound = dpopKey === undefined ? kept.grant : { ...kept.grant, dpopKey }
    const marked = await vault.change(kept, { ...bound, spending })
    if (marked === null) return 'again'
    const keepSeconds = Math.max(kept.grant.expiresAt - clock.now(), 0) + answerKeptOnSeconds
    return takeIn(marked, spending, answers.asking(spending.attempt, keepSeconds))
  }

  async function takeIn(
    marked: KeptGrant,
    { attempt, doubtful }: Spending,
    fetchAnswer: typeof fetch,
  ): Promise<Step> {
    const { grant } = marked
    const refreshToken = grant.refreshToken as RefreshToken
    let status: number | null = null
    let takenOver = false
    const watching: typeof fetch = async (input, init) => {
      try {
        const response = await fetchAnswer(input, init)
        ;({ status } = response)
        return response
      } catch (error) {
        takenOver = error instanceof TakenOver
        throw error
      }
    }
    const refreshed = await provider.refresh(
      { refreshToken, idToken: null, scopes: grant.scopes, dpopKey: grant.dpopKey },
      grant.sub,
      { resource: parts.resourceOf(grant.grant), fetch: watching },
    )
    if (takenOver) return 'again'
    const step = refreshed.ok
      ? await granted(marked, refreshed.value)
      : await refused(marked, refreshed.error, { doubtful, status })
    // What lies there without an answer keeps a late request from being sent.
    if (status !== null) await answers.forget(attempt).catch(() => {})
    return step
  }

  async function granted(marked: KeptGrant, tokens: TokenSet): Promise<Step> {
    backoff.succeeded()
    refusals.granted()
    const { grant } = marked
    nonceWantedOnce.delete(generationOf(grant))
    const { refreshToken, scopes } = tokens
    const lost = grant.scopes.filter((scope) => !scopes.includes(scope))
    const next = await vault.change(marked, {
      ...grant,
      generation: grant.generation + 1,
      refreshToken,
      token: narrowTokenOf(tokens),
      scopes,
      reducedAt: lost.length > 0 ? clock.now() : grant.reducedAt,
      spending: null,
    })
    if (next === null) {
      await revokeUnlessTakenIn(grant, tokens)
      return 'again'
    }
    telemetry.record({ name: 'grant-refreshed', ...about(grant), generation: grant.generation + 1 })
    if (lost.length > 0)
      telemetry.record({ name: 'grant-scopes-reduced', ...about(grant), scopes: lost.join(' ') })
    return ok(next.grant)
  }

  async function refused(
    marked: KeptGrant,
    refusal: RefreshFailure,
    { doubtful, status }: { readonly doubtful: boolean; readonly status: number | null },
  ): Promise<Step> {
    const { failure, distrusted, unread } = refusal
    const { grant } = marked
    if (refusal.nonceWanted && isFirstOf(grant)) {
      if (!doubtful) await vault.change(marked, { ...grant, spending: null })
      return 'again'
    }
    telemetry.record({
      name: 'grant-refresh-failed',
      ...about(grant),
      kind: failure.kind,
      detail: describeProviderFailure(failure),
    })
    switch (failure.kind) {
      case 'provider-unreachable':
      case 'client-refused':
        backoff.failed(failure.kind === 'provider-unreachable' ? failure.retryAfterSeconds : null)
        if (unread) await keepUnread(marked, unread)
        else if (!doubtful && isUnspent(status))
          await vault.change(marked, { ...grant, spending: null })
        return err(failure)
      case 'step-up-required':
        return broken(marked, 'step-up')
      case 'refresh-refused':
        if (distrusted) {
          await revokeTokens(parts, { sid: grant.connection, tokens: distrusted })
          return broken(marked, 'untrusted')
        }
        if (!isVague(failure)) return broken(marked, doubtful ? 'answer-lost' : 'refused')
        return vaguelyRefused(marked, failure.providerCode, doubtful)
    }
  }

  /** The provider's nonce was wanting, and is known now. What wants another each time is not asked for ever. */
  function isFirstOf(grant: OfflineGrant): boolean {
    const key = generationOf(grant)
    if (nonceWantedOnce.delete(key)) return false
    nonceWantedOnce.add(key)
    return true
  }

  /** Of an answer that can't be used all that must not be lost: the refresh token, for the next try. */
  async function keepUnread(marked: KeptGrant, unread: TokenSet): Promise<void> {
    const { grant } = marked
    const { refreshToken } = unread
    const generation = grant.generation + 1
    const next = await vault.change(marked, { ...grant, generation, refreshToken, spending: null })
    if (next === null) await revokeUnlessTakenIn(grant, unread)
  }

  /**
   * Withdrawn or connected anew while the provider was answering: these must not outlive it. But where the consent is the same,
   * or sealed by a key that only newer instances have, somebody else has taken in this very answer, and revoking it would end
   * what they have kept.
   */
  async function revokeUnlessTakenIn(grant: OfflineGrant, tokens: TokenSet): Promise<void> {
    const now = await vault.read(grant)
    const isTheirs = now === null ? await vault.isKept(grant) : isOf(grant, now.grant)
    if (!isTheirs) await revokeTokens(parts, { sid: grant.connection, tokens })
  }

  /** What is not said in so many words may have been a slip, or mean ourselves: asked again, it must be said again. */
  async function vaguelyRefused(
    marked: KeptGrant,
    providerCode: string,
    doubtful: boolean,
  ): Promise<Step> {
    const { grant } = marked
    const key = generationOf(grant)
    const areMany = refusals.areEnMasse(grant.connection, providerCode)
    if (!areMany && vagueOnce.delete(key))
      return broken(marked, doubtful ? 'answer-lost' : 'refused')
    // It says that this request changed nothing, and nothing of the one before, whose answer was lost.
    if (!doubtful) await vault.change(marked, { ...grant, spending: null })
    if (areMany) {
      backoff.failed(null)
      return err({ kind: 'client-refused', providerCode })
    }
    vagueOnce.add(key)
    return 'again'
  }

  async function broken(marked: KeptGrant, reason: BrokenReason): Promise<Step> {
    const { grant } = marked
    const next = await vault.change(marked, {
      ...grant,
      refreshToken: null,
      token: null,
      spending: null,
      broken: { at: clock.now(), reason },
    })
    if (next === null) return 'again'
    telemetry.record({ name: 'grant-broken', ...about(grant), reason })
    await revokeWhatIsLeft(grant)
    return ok(next.grant)
  }

  /**
   * A refusal does not say that anything is over: the refresh token may be good once more was asked of the user, an access token
   * may live on, and where reuse was suspected a newer one. Nobody but us could still withdraw them.
   */
  async function revokeWhatIsLeft({
    connection,
    token,
    refreshToken,
  }: OfflineGrant): Promise<void> {
    if (token === null) return
    await revokeTokens(parts, { sid: connection, tokens: { ...emptySet, ...token, refreshToken } })
  }

  return { renew }
}

/** An answer that nobody has come for is kept for as long as the grant is told of. */
const answerKeptOnSeconds = 86_400

const emptySet = { idToken: null, scopes: [] } as const

function isOf({ connection }: OfflineGrant, other: OfflineGrant): boolean {
  return other.connection === connection
}

function generationOf({ connection, generation }: OfflineGrant): string {
  return `${connection}/${generation}`
}

/** What a log may know of a grant. */
function about({ grant, connection }: OfflineGrant) {
  return { grant, connection }
}

/**
 * Whether the provider says of itself that it did not take the refresh token. Not so without an answer, with one that can't be
 * used, and with a 5xx, which may come from a gateway whose provider has answered.
 */
function isUnspent(status: number | null): boolean {
  return status !== null && status >= 400 && status < 500
}

type Refused = Extract<ProviderFailure, { kind: 'refresh-refused' }>

/** A refusal other than `invalid_grant`, the one code that says what is refused (RFC 6749 §5.2). */
function isVague({ providerCode }: Refused): boolean {
  return providerCode !== 'invalid_grant'
}
