import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import type { GrantFailure } from '../base/failure.ts'
import { refreshDueAt, type AccessToken, type NarrowToken } from '../provider/token-set.ts'
import { singleFlight } from '../tokens/single-flight.ts'
import type { GrantRenewal } from './grant-renewal.ts'
import type { GrantVault, KeptGrant } from './grant-vault.ts'
import {
  grantKey,
  missingScopes,
  stateOf,
  type GrantOwner,
  type GrantToken,
  type OfflineGrant,
} from './offline-grant.ts'

/** Access tokens for whoever acts for a user who is away. */
export interface GrantTokens {
  /**
   * Gives an access token that can be used now, refreshed when it is due. Asks the store each time, so that a grant
   * that was withdrawn a moment ago, here or elsewhere, gives none.
   *
   * @param connection  under which consent the run began: fails with `grant-withdrawn` when that is not there any more
   * @param turn  waited for before the provider is asked; what it throws is thrown
   * @returns fails with `grant-withdrawn`, `grant-expired`, `grant-broken`, `grant-unreadable`, or with a provider failure that
   *   is transient.
   *   Throws a `Refusal` of `store-unreachable`.
   */
  fresh(
    owner: GrantOwner,
    connection?: string,
    turn?: () => Promise<void>,
  ): Promise<Result<GrantToken, GrantFailure>>

  /** The same, but this token is of no use any more, whatever the clock says: the API refused it. */
  renewed(
    owner: GrantOwner,
    refused: AccessToken,
    connection?: string,
    turn?: () => Promise<void>,
  ): Promise<Result<GrantToken, GrantFailure>>

  /** Waits for the refreshes that are under way: what comes for a spent token must still be written down. */
  settled(): Promise<void>
}

export interface GrantTokensParts {
  readonly vault: GrantVault
  readonly renewal: GrantRenewal
  readonly clock: Clock
  /** Sees to it that a grant whose time is up is over at the provider, too. */
  readonly endExpired: (kept: KeptGrant) => Promise<void>
}

/** A provider whose tokens are over when they come would be asked for ever. */
const mostFlights = 3

interface Wish {
  readonly owner: GrantOwner
  readonly connection: string | undefined
  readonly turn: (() => Promise<void>) | undefined
}

type Given = Result<GrantToken, GrantFailure>

export function createGrantTokens({
  vault,
  renewal,
  clock,
  endExpired,
}: GrantTokensParts): GrantTokens {
  const flights = singleFlight<Result<OfflineGrant | null, GrantFailure>>()

  const isValid = (token: NarrowToken) => clock.now() < token.expiresAt
  const isFresh = (token: NarrowToken) => clock.now() < refreshDueAt(token)

  /** The grant if it is alive and the very one that was meant. */
  function usable(
    grant: OfflineGrant | null,
    connection: string | undefined,
  ): Result<OfflineGrant, GrantFailure> {
    if (grant === null || (connection ?? grant.connection) !== grant.connection)
      return err({ kind: 'grant-withdrawn' })
    switch (stateOf(grant, clock.now())) {
      case 'broken':
        return err({ kind: 'grant-broken', reason: grant.broken?.reason ?? 'refused' })
      case 'expired':
        return err({ kind: 'grant-expired' })
      case 'connected':
        return ok(grant)
    }
  }

  async function give(
    { owner, connection, turn }: Wish,
    isGood: (token: NarrowToken) => boolean,
    isGoodEnough: (token: NarrowToken) => boolean,
  ): Promise<Given> {
    /** What ends the refresh without one: a token that is good, or a grant that gives none. */
    const suffices = (grant: OfflineGrant) =>
      !usable(grant, connection).ok || (grant.token !== null && isGood(grant.token))
    let kept = await vault.read(owner)
    if (kept !== null && stateOf(kept.grant, clock.now()) === 'expired') await endExpired(kept)
    if (kept !== null && suffices(kept.grant)) kept = await resealed(kept)
    let grant = kept?.grant ?? null
    // A flight that somebody else began may bring what they wished for, and not this.
    for (let tries = 0; tries < mostFlights && grant !== null && !suffices(grant); tries += 1) {
      await turn?.()
      const renewed = await flights.run(grantKey(owner), () => renewal.renew(owner, suffices))
      if (!renewed.ok) return fallBack(grant, isGoodEnough) ?? renewed
      grant = renewed.value
    }
    // Sealed anew by an instance with a newer key, it is as good as ever: to call it withdrawn would end its jobs.
    if (grant === null && (await vault.isKept(owner))) return err({ kind: 'grant-unreadable' })
    const found = usable(grant, connection)
    if (!found.ok) return found
    const { token } = found.value
    return token === null ? err({ kind: 'grant-withdrawn' }) : ok(tokenOf(found.value, token))
  }

  /** The provider can't be asked at the moment: what is still valid serves. */
  function fallBack(
    grant: OfflineGrant,
    isGoodEnough: (token: NarrowToken) => boolean,
  ): Given | null {
    return grant.token !== null && isGoodEnough(grant.token)
      ? ok(tokenOf(grant, grant.token))
      : null
  }

  /** Not worth failing a run for: the next one tries again. */
  async function resealed(kept: KeptGrant): Promise<KeptGrant> {
    if (vault.isSealedAnew(kept)) return kept
    return (await vault.change(kept, kept.grant).catch(() => null)) ?? kept
  }

  return {
    fresh: (owner, connection, turn) => give({ owner, connection, turn }, isFresh, isValid),
    renewed(owner, refused, connection, turn) {
      const isAnother = (token: NarrowToken) => token.accessToken !== refused && isValid(token)
      return give({ owner, connection, turn }, isAnother, () => false)
    },
    settled: flights.settled,
  }
}

function tokenOf(grant: OfflineGrant, token: NarrowToken): GrantToken {
  const { connection, scopes } = grant
  return { ...token, connection, scopes, missingScopes: missingScopes(grant) }
}
