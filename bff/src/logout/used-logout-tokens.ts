import { digest } from '../base/digest.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { LogoutNotice } from '../provider/provider.ts'

/** Which logout tokens came before. Rejects with a `Refusal` of `store-unreachable` when the store can't be asked. */
export interface UsedLogoutTokens {
  /** @returns false when it was taken before: a replay */
  take(notice: LogoutNotice): Promise<boolean>
  /** It did not come to an end: the provider may try again with the same token. */
  giveBack(notice: LogoutNotice): Promise<void>
}

export function usedLogoutTokens(keyValue: KeyValue): UsedLogoutTokens {
  return {
    take: (notice) => keyValue.replace(keyOf(notice), null, 'used', notice.passesForSeconds),
    giveBack: (notice) => keyValue.delete(keyOf(notice)),
  }
}

function keyOf({ tokenId }: LogoutNotice): string {
  return `logout-token/${digest(tokenId)}`
}
