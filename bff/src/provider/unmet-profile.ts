import { within } from '../base/within.ts'
import { UnmetDemand } from './check-demands.ts'
import { DiscoveryFailed } from './discovery.ts'
import type { IdentityProvider } from './provider.ts'

/** Whoever starts does not wait for a provider that is silent. */
const patienceSeconds = 3

/**
 * What the settings demand and the provider does not offer, as sentences: with it nobody can sign in. Where it is not reached within
 * three seconds it has not said so, and there are none. Never rejects.
 */
export async function unmetProfile({
  ping,
}: Pick<IdentityProvider, 'ping'>): Promise<readonly string[]> {
  const met = await within(patienceSeconds, ping(), null)
  if (met === null || met.ok || met.error.kind !== 'provider-unreachable') return []
  const { cause } = met.error
  const why = cause instanceof DiscoveryFailed ? cause.cause : null
  return why instanceof UnmetDemand ? why.unmet : []
}
