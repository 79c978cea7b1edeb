import type { Clock } from '../base/clock.ts'
import type { Breaker } from '../observability/measurements.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { providerBackoff, type ProviderBackoff } from './provider-backoff.ts'

/** How long a refusal is believed: to ask again for each call would gain nothing, and some providers spend the refresh token over it. */
export const refusedForSeconds = 30

/** The same for an answer that means nothing, which may be a slip. */
export const malformedForSeconds = 2

/**
 * A backoff for each demand: a provider may fail over one audience, and give tokens for all others. One that is down hears of
 * each demand as seldom as of one. They are told as one breaker, which is open while any of them is.
 */
export function demandBackoffs(
  clock: Clock,
  breaker: Breaker,
  { measure }: Pick<Telemetry, 'measure'>,
): (demand: string) => ProviderBackoff {
  // As many as there are rows: who calls can't make up a demand.
  const backoffs = new Map<string, ProviderBackoff>()
  let failing = 0

  const together: Telemetry['measure'] = (measurement) => {
    if (measurement.name !== 'breaker-turned') return
    failing += measurement.open ? 1 : -1
    if (failing === (measurement.open ? 1 : 0)) measure?.(measurement)
  }

  return (demand) => {
    const known = backoffs.get(demand)
    if (known !== undefined) return known
    const backoff = providerBackoff(clock, breaker, { measure: together })
    backoffs.set(demand, backoff)
    return backoff
  }
}
