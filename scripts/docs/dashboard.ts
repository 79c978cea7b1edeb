import { metrics, type Metric, type MetricGroup } from '../../bff/src/observability/metrics.ts'

/**
 * A dashboard for Grafana with a panel for each metric of the catalogue, in the order of the catalogue, and a row for each group.
 *
 * @see {@link https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ the model}
 */
export function grafanaDashboard(): string {
  const dashboard = {
    __inputs: [
      {
        name: 'DS_PROMETHEUS',
        label: 'Prometheus',
        type: 'datasource',
        pluginId: 'prometheus',
        pluginName: 'Prometheus',
      },
    ],
    __requires: [
      { type: 'grafana', id: 'grafana', name: 'Grafana', version: '10.0.0' },
      { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
      { type: 'panel', id: 'timeseries', name: 'Time series', version: '' },
    ],
    id: null,
    uid: 'strongroom',
    title: 'Strongroom',
    description: 'Made from the catalogue of metrics by `npm run docs`.',
    tags: ['strongroom'],
    editable: true,
    schemaVersion: 39,
    version: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [jobVariable] },
    annotations: { list: [] },
    panels: laidOut(),
  }
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

const datasource = { type: 'prometheus', uid: '${DS_PROMETHEUS}' }

/** Which Strongroom, where Prometheus scrapes several. */
const jobVariable = {
  name: 'job',
  label: 'Job',
  type: 'query',
  datasource,
  query: { query: 'label_values(strongroom_sessions_started_total, job)', refId: 'job' },
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: 'All', value: '$__all' },
}

const widths = 24
const panelSize = { w: 8, h: 8 }

interface Place {
  x: number
  y: number
  w: number
  h: number
}

/** The process’s own that one looks at first. */
const ofProcess = [
  panelOf('process_cpu_seconds_total', 'CPU of each process', 's', [
    {
      expr: 'rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval])',
      legend: '{{instance}}',
    },
  ]),
  panelOf('process_resident_memory_bytes', 'Memory of each process', 'bytes', [
    { expr: 'process_resident_memory_bytes{job=~"$job"}', legend: '{{instance}}' },
  ]),
  panelOf('nodejs_eventloop_lag_p99_seconds', 'How late the event loop is, p99', 's', [
    { expr: 'nodejs_eventloop_lag_p99_seconds{job=~"$job"}', legend: '{{instance}}' },
  ]),
]

function laidOut(): object[] {
  const rows = new Map<string, Panel[]>()
  for (const [name, metric] of Object.entries<Metric>(metrics)) {
    const row: MetricGroup = metric.group
    rows.set(row, [...(rows.get(row) ?? []), panelOfMetric(name, metric)])
  }
  rows.set('Process', ofProcess)
  const panels: object[] = []
  let y = 0
  for (const [title, inRow] of rows) {
    const gridPos: Place = { x: 0, y, w: widths, h: 1 }
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos,
      panels: [],
    })
    y += 1
    const perLine = widths / panelSize.w
    for (const [at, panel] of inRow.entries()) {
      const x = (at % perLine) * panelSize.w
      const line = y + Math.floor(at / perLine) * panelSize.h
      panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y: line, ...panelSize } })
    }
    y += Math.ceil(inRow.length / perLine) * panelSize.h
  }
  return panels
}

interface Query {
  readonly expr: string
  readonly legend: string
}

type Panel = ReturnType<typeof panelOf>

function panelOf(title: string, description: string, unit: string, queries: readonly Query[]) {
  return {
    type: 'timeseries',
    title,
    description,
    datasource,
    fieldConfig: {
      defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource,
      expr,
      legendFormat: legend,
    })),
  }
}

function panelOfMetric(name: string, metric: Metric): Panel {
  const { type, help, labels } = metric
  const by = Object.keys(labels)
  const legend = by.map((label) => `{{${label}}}`).join(' ') || name
  const series = `${name}{job=~"$job"}`
  if (type === 'counter')
    return panelOf(name, help, 'cps', [
      { expr: `${over('sum', by)} (rate(${series}[$__rate_interval]))`, legend },
    ])
  if (type === 'gauge')
    return panelOf(name, help, 'none', [
      { expr: `${over(metric.ofWorkers ?? 'sum', by)} (${series})`, legend },
    ])
  const rate = `rate(${name}_bucket{job=~"$job"}[$__rate_interval])`
  return panelOf(
    name,
    help,
    's',
    [0.5, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, ${over('sum', ['le', ...by])} (${rate}))`,
      legend: `p${quantile * 100} ${legend}`,
    })),
  )
}

function over(aggregation: string, by: readonly string[]): string {
  return by.length === 0 ? aggregation : `${aggregation} by (${by.join(', ')})`
}
