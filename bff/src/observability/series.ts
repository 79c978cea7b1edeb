import type { Labels, Metric } from './metrics.ts'

/** The series of one metric, one for each set of labels that came up. */
export interface Series {
  /** Adds to a counter, sets a gauge, observes for a histogram. */
  take(labels: Labels, value: number): void
  clear(): void
  /** As prom-client writes them out. */
  values(): WrittenValue[]
}

interface WrittenValue {
  readonly metricName: string
  readonly labels: Record<string, string | number>
  readonly value: number
}

/** A label of ours has a few values; one that comes to grow must not fill the memory, here or of whoever scrapes. */
const mostSeries = 200

/** One set of labels: its count or state, or of a histogram how many fell below each bound, and their sum. */
interface Entry {
  readonly labels: Labels
  value: number
  readonly below: Float64Array | null
}

export function seriesOf(name: string, metric: Metric): Series {
  const { type, buckets = [], initial = 0, fromStart = [] } = metric
  const labelNames = Object.keys(metric.labels)
  const entries = new Map<string, Entry>()

  function entryOf(labels: Labels): Entry {
    let key = ''
    for (const label of labelNames) key += `${labels[label]}\n`
    return entries.get(key) ?? newEntry(key, labels)
  }

  function newEntry(key: string, labels: Labels): Entry {
    if (entries.size >= mostSeries && !labelNames.every((label) => labels[label] === 'other'))
      return entryOf(Object.fromEntries(labelNames.map((label) => [label, 'other'])))
    // The last is for what lies above all bounds.
    const below = type === 'histogram' ? new Float64Array(buckets.length + 1) : null
    const entry = { labels, value: 0, below }
    entries.set(key, entry)
    return entry
  }

  function observe(entry: Entry, below: Float64Array, value: number): void {
    let at = 0
    while (at < buckets.length && value > (buckets[at] ?? 0)) at += 1
    below[at] = (below[at] ?? 0) + 1
    entry.value += value
  }

  function writtenHistogram({ labels, value, below }: Entry): WrittenValue[] {
    let count = 0
    const bounds = [...buckets, '+Inf'].map((le, at) => {
      count += below?.[at] ?? 0
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
    })
    return [
      ...bounds,
      { metricName: `${name}_sum`, labels, value },
      { metricName: `${name}_count`, labels, value: count },
    ]
  }

  // Whoever reckons with rates needs a zero to start from.
  if (labelNames.length === 0) entryOf({}).value = initial
  for (const labels of fromStart) entryOf(labels)

  return {
    take(labels, value) {
      const entry = entryOf(labels)
      if (entry.below) observe(entry, entry.below, value)
      else if (type === 'counter') entry.value += value
      else entry.value = value
    },
    clear: () => entries.clear(),
    values: () =>
      [...entries.values()].flatMap((entry) =>
        entry.below
          ? writtenHistogram(entry)
          : { metricName: name, labels: entry.labels, value: entry.value },
      ),
  }
}
