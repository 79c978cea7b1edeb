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

/** Of the values, so many are left out at either end: a round that something else disturbed says nothing. */
const trimmedShare = 0.2

/**
 * Where the true ratio lies with 95 % confidence: the trimmed mean of the logarithms, and Student's interval around it
 * with the deviation of the winsorized values (Tukey and McLaughlin).
 */
export function ratioInterval(ratios: readonly number[]): Interval {
  const logs = ratios.map(Math.log).toSorted((a, b) => a - b)
  const cut = Math.floor(logs.length * trimmedShare)
  const kept = logs.slice(cut, logs.length - cut)
  const [lowest = 0, highest = 0] = [kept.at(0), kept.at(-1)]
  const drawnIn = logs.map((log) => Math.min(highest, Math.max(lowest, log)))
  const center = mean(kept)
  const error = deviation(drawnIn) / ((kept.length / logs.length) * Math.sqrt(logs.length))
  const reach = student95(kept.length - 1) * error
  return {
    center: Math.exp(center),
    low: Math.exp(center - reach),
    high: Math.exp(center + reach),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of a sample. */
function deviation(values: readonly number[]): number {
  const center = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

/** The two-sided 95 % point of Student's distribution; with no degree of freedom nothing can be said. */
function student95(freedom: number): number {
  const table = [Infinity, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23]
  return table[freedom] ?? 1.96 + 2.4 / freedom
}
