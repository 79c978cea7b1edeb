import type { Counter, Gauge } from 'prom-client'
import type { Event } from './events.ts'
import { metrics, type Labels, type Metric } from './metrics.ts'
import type { Telemetry } from './telemetry.ts'

export interface Exposition {
  readonly contentType: string
  /** Everything counted so far, as Prometheus reads it. */
  exposition(): Promise<string>
}

/** Telemetry that counts. */
export interface MetricsTelemetry extends Telemetry, Exposition {}

export interface PrometheusOptions {
  /** Whether the primary of a `node:cluster` may ask for what was counted here. */
  readonly tellsPrimary?: boolean
}

/** A label of ours has a few values; one that comes to grow must not fill the memory, here or of whoever scrapes. */
const mostSeries = 200

/**
 * Counts events, and what the process itself uses. prom-client is loaded here and only now: whoever wants no metrics pays
 * nothing for them.
 */
export async function prometheusTelemetry(
  options: PrometheusOptions = {},
): Promise<MetricsTelemetry> {
  const { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } =
    await import('prom-client')
  const registry = new Registry()
  if (options.tellsPrimary) {
    AggregatorRegistry.setRegistries(registry)
    // Made for what making it does: it answers the primary from now on.
    void new AggregatorRegistry()
  }
  collectDefaultMetrics({ register: registry })
  const countersOf = new Map<string, ((event: Event) => void)[]>()
  for (const [name, metric] of Object.entries<Metric>(metrics)) {
    const labelNames = Object.keys(metric.labels)
    const made = { name, help: metric.help, labelNames, registers: [registry] }
    const counter =
      metric.type === 'counter'
        ? counting(new Counter(made), metric)
        : // One worker that can't reach the store is worth knowing of.
          setting(new Gauge({ ...made, aggregator: 'min' }), metric)
    for (const event of Object.keys(metric.from)) {
      countersOf.set(event, [...(countersOf.get(event) ?? []), counter])
    }
  }
  return {
    record(event) {
      for (const counter of countersOf.get(event.name) ?? []) counter(event)
    },
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
  }
}

/** What all workers counted, added up. Of the primary itself there is nothing in it. */
export async function metricsOfWorkers(): Promise<Exposition> {
  const { AggregatorRegistry } = await import('prom-client')
  const all = new AggregatorRegistry()
  return { contentType: all.contentType, exposition: () => all.clusterMetrics() }
}

function counting(counter: Counter, metric: Metric): (event: Event) => void {
  const names = Object.keys(metric.labels)
  const other = Object.fromEntries(names.map((name) => [name, 'other']))
  const seen = new Set<string>()
  // Whoever reckons with rates needs a zero to start from.
  if (names.length === 0) counter.inc(0)
  return (event) => {
    for (const labels of [labelsOf(event, metric)].flat()) {
      const series = JSON.stringify(labels)
      if (seen.size < mostSeries) seen.add(series)
      counter.inc(seen.has(series) ? labels : other)
    }
  }
}

function setting(gauge: Gauge, { value, initial = 0 }: Metric): (event: Event) => void {
  gauge.set(initial)
  return (event) => gauge.set(value?.(event) ?? initial)
}

function labelsOf(event: Event, { from }: Metric): Labels | Labels[] {
  const read = from[event.name] as ((event: Event) => Labels | Labels[]) | undefined
  return read?.(event) ?? []
}
