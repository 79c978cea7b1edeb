/** No I/O. Figures of several rounds, and what may be said of them. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Between two values it is interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** One ratio a round, so that what slowed the machine down in that round struck both. */
export function pairedRatios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value / (others[round] ?? Number.NaN))
}

export interface Interval {
  readonly center: number
  readonly low: number
  readonly high: number
}

/** Where the true ratio lies with 95 % confidence: Student's interval of the mean of the logarithms. */
export function ratioInterval(ratios: readonly number[]): Interval {
  const logs = ratios.map(Math.log)
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0)
  const error = Math.sqrt(squares / (logs.length - 1) / logs.length)
  const reach = student95(logs.length - 1) * error
  return {
    center: Math.exp(mean),
    low: Math.exp(mean - reach),
    high: Math.exp(mean + reach),
  }
}

/** The two-sided 95 % point of Student's distribution; with no degree of freedom nothing can be said. */
function student95(freedom: number): number {
  const table = [Infinity, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23]
  return table[freedom] ?? 1.96 + 2.4 / freedom
}
