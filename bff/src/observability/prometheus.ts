import type { Counter } from 'prom-client'
import { metrics, type Labels, type Metric, type Signal } from './metrics.ts'
import { seriesOf, type Series } from './series.ts'
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

/**
 * Counts events and measurements, and what the process itself uses. prom-client is loaded here and only now: whoever wants no
 * metrics pays nothing for them. It writes them out, and adds up those of workers; the counting is ours, since several of its
 * would cost a call more than the whole session.
 */
export async function prometheusTelemetry(
  options: PrometheusOptions = {},
): Promise<MetricsTelemetry> {
  const { AggregatorRegistry, collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  if (options.tellsPrimary) {
    AggregatorRegistry.setRegistries(registry)
    // Made for what making it does: it answers the primary from now on.
    void new AggregatorRegistry()
  }
  collectDefaultMetrics({ register: registry })
  const countersOf = new Map<string, ((signal: Signal) => void)[]>()
  for (const [name, metric] of Object.entries<Metric>(metrics)) {
    const { type, help, ofWorkers: aggregator = 'sum' } = metric
    const series = seriesOf(name, metric)
    const get = async () => ({ name, help, type, aggregator, values: series.values() })
    // All that is asked of a metric when it is written out.
    registry.registerMetric({ name, get } as unknown as Counter)
    for (const [signal, read] of Object.entries(metric.from)) {
      countersOf.set(signal, [
        ...(countersOf.get(signal) ?? []),
        counter(series, metric, signal, read),
      ])
    }
  }
  const count = (signal: Signal) => {
    for (const counter of countersOf.get(signal.name) ?? []) counter(signal)
  }
  return {
    record: count,
    measure: count,
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

function counter(
  series: Series,
  { value, isWhole = false }: Metric,
  name: string,
  read: unknown,
): (signal: Signal) => void {
  const labelsOf = read as (signal: Signal) => Labels | Labels[]
  const valueOf = (value as Record<string, (signal: Signal) => number | null> | undefined)?.[name]
  return function counter(signal) {
    const worth = valueOf ? valueOf(signal) : 1
    if (worth === null) return
    const labels = labelsOf(signal)
    if (isWhole) series.clear()
    if (!Array.isArray(labels)) return series.take(labels, worth)
    for (const one of labels) series.take(one, worth)
  }
}
