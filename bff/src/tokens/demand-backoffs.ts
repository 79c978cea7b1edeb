import type { Clock } from '../base/clock.ts'
import type { Breaker } from '../observability/measurements.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { providerBackoff, type ProviderBackoff } from './provider-backoff.ts'

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
