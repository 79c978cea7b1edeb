import { metricsListener } from '../observability/metrics-listener.ts'
import { prometheusTelemetry, type MetricsTelemetry } from '../observability/prometheus.ts'
import { tellAll, type Telemetry } from '../observability/telemetry.ts'
import { lastWords } from '../observability/last-words.ts'
import type { Bff } from '../create-bff.ts'
import { demandProfile } from '../options/demand-profile.ts'
import type { ServerOptions } from '../options/from-env.ts'
import { read } from '../options/given.ts'
import { metricsNotices, storeNotices } from '../options/startup-notices.ts'
import { openBff } from './open-bff.ts'
import { keepHeapSmall } from './small-heap.ts'

/** How long runs that are under way may take after SIGTERM before they are broken off. */
const graceSeconds = 5

/** Runs the jobs as they come due, until it is told to stop. @returns the exit code */
export async function jobsAlone(opsPort: string | undefined): Promise<number> {
  if (opsPort !== undefined && !(/^\d{1,5}$/.test(opsPort) && Number(opsPort) <= 65_535))
    return wrong('--ops-port needs a number up to 65535.')
  keepHeapSmall()
  const metrics = opsPort === undefined ? null : await prometheusTelemetry()
  const opened = await openBff(
    (options) => ({
      ...options,
      telemetry: metrics ? tellAll(options.telemetry, metrics) : options.telemetry,
    }),
    demandProfile,
  )
  if (!opened) return 2
  const { bff, options } = opened
  const { telemetry } = options.bff
  lastWords(telemetry)
  const { jobs } = bff
  if (!jobs || jobs.all.length === 0) {
    await bff.close()
    return wrong('There are no jobs. Add some to strongroom.config.ts.')
  }
  const ops = metrics && { host: read(process.env, 'OPS_HOST'), port: Number(opsPort) }
  if (ops && !(await serveMetrics(metrics, ops, telemetry))) {
    await bff.close()
    return wrong(
      `--ops-port can't have ${opsPort}: it is taken, not for this user to use, or OPS_HOST is no address of this machine.`,
    )
  }
  telemetry.record({ name: 'jobs-running', jobs: jobs.all.map(({ name }) => name) })
  jobs.start()
  void tellNotices(bff, options, ops?.host)
  const signal = await untilSignal()
  telemetry.record({ name: 'stopping', signal })
  await jobs.stop(graceSeconds)
  await bff.close()
  process.exit(0)
}

/** What `serve` tells at its start, but for what concerns those who are served. */
async function tellNotices(
  bff: Bff,
  { bff: { store, telemetry } }: ServerOptions,
  opsHost: string | undefined,
): Promise<void> {
  const notices = [...storeNotices(store), ...metricsNotices(opsHost), ...(await bff.notices())]
  for (const text of notices) telemetry.record({ name: 'notice', text })
}

function wrong(text: string): number {
  process.stderr.write(`${text}\n`)
  return 2
}

function untilSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    // Once: whoever has no patience and asks again gets the end at once.
    process.once(signal, resolve)
  return promise
}

/** @returns whether the port could be had */
async function serveMetrics(
  metrics: MetricsTelemetry,
  { host, port }: { readonly host: string; readonly port: number },
  telemetry: Telemetry,
): Promise<boolean> {
  const listener = metricsListener(metrics).listen(port, host).unref()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  listener.once('error', () => resolve(false))
  listener.once('listening', () => resolve(true))
  if (!(await promise)) return false
  const name = host.includes(':') ? `[${host}]` : host
  telemetry.record({ name: 'metrics-listening', address: `http://${name}:${port}/metrics` })
  return true
}
