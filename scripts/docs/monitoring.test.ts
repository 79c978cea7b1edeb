import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { metrics, type Metric } from '../../bff/src/observability/metrics.ts'
import { prometheusTelemetry } from '../../bff/src/observability/prometheus.ts'
import { grafanaDashboard } from './dashboard.ts'

const catalogue: Readonly<Record<string, Metric>> = metrics

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets?: readonly { readonly expr: string }[]
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

const dashboard = JSON.parse(grafanaDashboard()) as { readonly panels: readonly Panel[] }
const alerts = parse(
  readFileSync(new URL('../../docs/deploy/alerts.yml', import.meta.url), 'utf8'),
) as { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] }
const rules = alerts.groups.flatMap((group) => group.rules)

/** What of a query is no metric of the catalogue, or asks for a label that it has not. */
function faultsOf(expr: string): readonly string[] {
  return [...expr.matchAll(/(strongroom_\w+)(?:\{([^}]*)\})?/g)].flatMap(
    ([, name = '', labels = '']) => {
      const base = name.replace(/_(bucket|sum|count)$/, '')
      const metric = catalogue[name] ?? catalogue[base]
      if (metric === undefined) return [`there is no ${name}`]
      if ((metric.type === 'histogram') !== (base !== name)) return [`${name} is no series`]
      const asked = [...labels.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label)
      return asked
        .filter((label) => label !== 'job' && label !== 'instance' && !(label in metric.labels))
        .map((label) => `${name} has no ${label}`)
    },
  )
}

test('the dashboard has a panel for every metric, and asks for none that there is not', () => {
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  const shown = new Set(dashboard.panels.map(({ title }) => title))

  expect(queries.flatMap(faultsOf)).toEqual([])
  expect(Object.keys(metrics).filter((name) => !shown.has(name))).toEqual([])
})

test('its panels have ids of their own and do not overlap', () => {
  const { panels } = dashboard
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
  )

  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
})

test.for(rules)('$alert asks for what there is, and says what it means', (rule) => {
  expect(faultsOf(rule.expr)).toEqual([])
  expect(rule.expr.split('(')).toHaveLength(rule.expr.split(')').length)
  expect(rule.for ?? '1m').toMatch(/^\d+[mhd]$/)
  expect(['critical', 'warning', 'info']).toContain(rule.labels.severity)
  expect(rule.annotations.summary).toMatch(/\.$/)
})

test('what alerts as soon as it grows is there from the start, or its first time would be missed', async () => {
  const { exposition } = await prometheusTelemetry()
  const atStart = await exposition()
  const watched = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/^increase\((\w+(?:\{\w+="\w+"\})?)\[15m\]\) > 0$/gm)].map(
      ([, series = '']) => series,
    ),
  )

  expect(watched.length).toBeGreaterThan(3)
  expect(watched.filter((series) => !atStart.includes(`\n${series} 0\n`))).toEqual([])
})

test('the page says what to do about each alert, and about no other', () => {
  const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| `(Strongroom\w+)` \|/gm)].map(([, name]) => name)

  expect(told).toEqual(rules.map(({ alert }) => alert))
})

test('a query for what is not there is found', () => {
  expect(faultsOf('rate(strongroom_nothing_total[5m])')).toEqual([
    'there is no strongroom_nothing_total',
  ])
  expect(faultsOf('strongroom_refreshes_total{result="x"}')).toEqual([
    'strongroom_refreshes_total has no result',
  ])
  expect(faultsOf('strongroom_store_seconds')).toEqual(['strongroom_store_seconds is no series'])
})
