import type { TokenEndpointResponse } from 'openid-client'
import type { Clock } from '../base/clock.ts'
import { receivedTokens } from './received-tokens.ts'
import type { TokenSet } from './token-set.ts'

/** The token endpoint's answers, listened to on their way in. */
export interface HeardTokens {
  readonly fetch: typeof fetch
  /**
   * The tokens of the last answer, whether or not it is to be believed; its ID token is left out. Null where none came.
   *
   * @param earlier  what stays as it was where the answer does not say
   */
  tokens(earlier: Earlier, clock: Clock): Promise<TokenSet | null>
}

type Earlier = Parameters<typeof receivedTokens>[1]

/** openid-client throws an answer away along with the ID token in it that it refuses, and the tokens in it live on. */
export function heardTokens(fetchNow: typeof fetch): HeardTokens {
  let heard: Response | null = null
  return {
    async fetch(input, init) {
      const response = await fetchNow(input, init)
      heard = response.clone()
      return response
    },
    async tokens(earlier, clock) {
      if (heard?.ok !== true) return null
      try {
        const { id_token: _, ...said } = (await heard.json()) as TokenEndpointResponse
        return receivedTokens({ ...said, token_type: 'bearer' }, earlier, clock.now())
      } catch {
        return null
      }
    },
  }
}
