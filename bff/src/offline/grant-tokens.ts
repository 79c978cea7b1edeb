import type { Result } from '@strongroom/client'
import type { GrantFailure } from '../base/failure.ts'
import type { AccessToken } from '../provider/token-set.ts'
import type { GrantOwner, GrantToken } from './offline-grant.ts'

/** Access tokens for whoever acts for a user who is away. */
export interface GrantTokens {
  /**
   * Gives an access token that can be used now, refreshed when it is due. Asks the store each time, so that a grant
   * that was withdrawn a moment ago, here or elsewhere, gives none.
   *
   * @param connection  under which consent the run began: fails with `grant-withdrawn` when that is not there any more
   * @returns fails with `grant-withdrawn`, `grant-expired`, `grant-broken`, or with a provider failure that is transient.
   *   Throws a `Refusal` of `store-unreachable`.
   */
  fresh(owner: GrantOwner, connection?: string): Promise<Result<GrantToken, GrantFailure>>

  /** The same, but this token is of no use any more, whatever the clock says: the API refused it. */
  renewed(
    owner: GrantOwner,
    refused: AccessToken,
    connection?: string,
  ): Promise<Result<GrantToken, GrantFailure>>

  /** Waits for the refreshes that are under way: what comes for a spent token must still be written down. */
  settled(): Promise<void>
}
