import { ResponseBodyError, type Configuration, type TokenEndpointResponse } from 'openid-client'
import type { Clock } from '../base/clock.ts'
import type { DpopKey } from '../base/dpop-key.ts'
import type { DpopNonces } from '../base/dpop-nonces.ts'
import { dpopProof } from '../base/dpop-proof.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { Discovered } from './discovery.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { configurationOf } from './read-configuration.ts'
import type { TokenBinding } from './token-binding.ts'

export interface TokenRequestParts {
  readonly settings: ProviderSettings
  readonly discovered: () => Promise<Discovered>
  readonly nonces: DpopNonces
  readonly binding: TokenBinding
  readonly clock: Clock
}

export interface TokenRequestOptions {
  /** What the tokens are to be bound to; nothing for bearer tokens. */
  readonly key: DpopKey | undefined
  /** @default the settings', bounded */
  readonly fetch?: typeof fetch
  /** False where the request may be made once only, and whoever asks sees to the second. @default true */
  readonly again?: boolean
}

/**
 * Asks the token endpoint, with a proof of the key that the tokens are to be bound to (RFC 9449 §5). Where the provider wants its
 * nonce in the proof it is asked once more (§8): it has looked at nothing else before, so nothing was spent. All of the request is
 * made anew then, as an assertion of the client's may not come twice.
 *
 * Throws {@link UnusableTokens} where the token that came says itself that it is bound to something else.
 */
export async function tokenRequest<T extends TokenEndpointResponse>(
  parts: TokenRequestParts,
  options: TokenRequestOptions,
  ask: (configuration: Configuration) => Promise<T>,
): Promise<T> {
  const check = parts.binding.expect(options.key)
  const answer = await send(parts, options, ask)
  check(answer)
  return answer
}

async function send<T>(
  { clock, discovered, nonces, settings }: TokenRequestParts,
  { again = true, fetch: own, key }: TokenRequestOptions,
  ask: (configuration: Configuration) => Promise<T>,
): Promise<T> {
  const { configuration: known, server } = await discovered()
  if (key === undefined && own === undefined) return ask(known)
  const fetchNow = own ?? boundedFetch(settings.fetch)
  if (key === undefined) return ask(configurationOf(server, settings, fetchNow))

  const proving: typeof fetch = async (input, init) => {
    const { href: url, origin } = new URL(input instanceof Request ? input.url : input)
    const headers = new Headers(init?.headers)
    const request = { method: 'POST', url, accessToken: null, nonce: nonces.of(origin) }
    headers.set('DPoP', dpopProof(key, request, clock.now()))
    const answer = await fetchNow(input, { ...init, headers })
    nonces.learn(origin, answer.headers.get('DPoP-Nonce'))
    return answer
  }
  const configuration = configurationOf(server, settings, proving)
  try {
    return await ask(configuration)
  } catch (error) {
    if (!again || !lacksNonceAlone(error)) throw error
    return ask(configuration)
  }
}

/** Whether only a nonce was wanting, and it came along. */
export function lacksNonceAlone(error: unknown): boolean {
  return (
    error instanceof ResponseBodyError &&
    error.error === 'use_dpop_nonce' &&
    error.response.headers.has('DPoP-Nonce')
  )
}
