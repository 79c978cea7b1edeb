import { metricsListener } from '../observability/metrics-listener.ts'
import { prometheusTelemetry, type MetricsTelemetry } from '../observability/prometheus.ts'
import { tellAll, type Telemetry } from '../observability/telemetry.ts'
import { lastWords } from '../observability/last-words.ts'
import { openBff } from './open-bff.ts'

/** How long runs that are under way may take after SIGTERM before they are broken off. */
const graceSeconds = 5

/** Runs the jobs as they come due, until it is told to stop. @returns the exit code */
export async function jobsAlone(opsPort: string | undefined): Promise<number> {
  if (opsPort !== undefined && !/^\d{1,5}$/.test(opsPort)) {
    process.stderr.write('--ops-port needs a number up to 65535.\n')
    return 2
  }
  const metrics = opsPort === undefined ? null : await prometheusTelemetry()
  const opened = await openBff((options) => ({
    ...options,
    telemetry: metrics ? tellAll(options.telemetry, metrics) : options.telemetry,
  }))
  if (!opened) return 2
  const { bff, options } = opened
  const { telemetry } = options.bff
  lastWords(telemetry)
  const { jobs } = bff
  if (!jobs || jobs.all.length === 0) {
    process.stderr.write('There are no jobs. Add some to strongroom.config.ts.\n')
    await bff.close()
    return 2
  }
  if (metrics) await serveMetrics(metrics, Number(opsPort), telemetry)
  telemetry.record({ name: 'jobs-running', jobs: jobs.all.map(({ name }) => name) })
  jobs.start()
  const signal = await untilSignal()
  telemetry.record({ name: 'stopping', signal })
  await jobs.stop(graceSeconds)
  await bff.close()
  process.exit(0)
}

function untilSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    // Once: whoever has no patience and asks again gets the end at once.
    process.once(signal, resolve)
  return promise
}

async function serveMetrics(
  metrics: MetricsTelemetry,
  port: number,
  telemetry: Telemetry,
): Promise<void> {
  const listener = metricsListener(metrics).listen(port, '127.0.0.1').unref()
  const { promise, reject, resolve } = Promise.withResolvers<void>()
  listener.once('error', reject)
  listener.once('listening', resolve)
  await promise
  telemetry.record({ name: 'metrics-listening', address: `http://127.0.0.1:${port}/metrics` })
}
