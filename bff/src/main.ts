import cluster from 'node:cluster'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createBff, type Bff } from './create-bff.ts'
import { lastWords } from './observability/last-words.ts'
import { demandProfile } from './options/demand-profile.ts'
import { addEnvironmentFile } from './options/environment-file.ts'
import { faultReport } from './options/fault-report.ts'
import { configFromFile, noConfigFile } from './options/config-file.ts'
import { optionsFromEnv, type ServerOptions } from './options/from-env.ts'
import { namedBySource } from './options/given.ts'
import { InvalidOptions } from './options/invalid-options.ts'
import { startupNotices, storeName } from './options/startup-notices.ts'
import type { Fault } from './options/fault.ts'
import { metricsListener } from './observability/metrics-listener.ts'
import {
  metricsOfWorkers,
  prometheusTelemetry,
  type Exposition,
} from './observability/prometheus.ts'
import { tellAll } from './observability/telemetry.ts'
import { startServer } from './server.ts'
import { stopOnSignal } from './stop.ts'
import { cannotListen as cannotListenCode } from './workers/replacement.ts'
import { runWorkers } from './workers/run-workers.ts'
import { workerCount } from './workers/worker-count.ts'

// First, since the file beside it may read the environment by itself.
const unreadable = addEnvironmentFile(process.env, process.cwd())
const file = await configFromFile(process.cwd())
const options = file.ok ? optionsFromEnv(process.env, file.value) : file
const workers = workerCount(
  process.argv.slice(2),
  options.ok ? options.value.bff.store : null,
  availableParallelism(),
)
if (unreadable.length > 0) giveUp(unreadable)
else if (options.ok && workers.ok) await open(options.value, workers.value)
else giveUp([...(options.ok ? [] : options.error), ...(workers.ok ? [] : [workers.error])])

async function open(options: ServerOptions, workers: number): Promise<void> {
  lastWords(options.bff.telemetry)
  try {
    if (workers > 1) await lead(options, workers)
    else await serve(options)
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    giveUp(namedBySource(error.faults, process.env, file.ok ? file.value : noConfigFile))
  }
}

async function serve(options: ServerOptions): Promise<void> {
  const bff = options.ops ? await withMetrics(options.bff, options.ops) : options.bff
  const made = createBff(bff)
  // Of workers the primary has found it out.
  if (!cluster.isWorker) await demandProfile(made)
  listen({ ...options, bff }, made)
}

/** Serves nobody itself: it starts those who do. */
async function lead(options: ServerOptions, count: number): Promise<void> {
  const { bff, ops, stop } = options
  await tryOut(bff)
  if (ops) listenForMetrics(await metricsOfWorkers(), bff, ops)
  runWorkers({
    count,
    // The file that this is, or that it was built into.
    program: fileURLToPath(import.meta.url),
    stopSeconds: stop.delaySeconds + stop.graceSeconds,
    telemetry: bff.telemetry,
    onListening: (at) => tellListening(options, at),
  })
}

/**
 * What no worker could do is told here, once: a file that can't be opened, which is made here, where nobody else makes it at the same
 * time; a provider with which the profile can't be kept.
 */
async function tryOut(bff: ServerOptions['bff']): Promise<void> {
  const isFile = typeof bff.store !== 'string' || bff.store.startsWith('sqlite:')
  if (!isFile && bff.provider.profile == null) return
  const jobRunner = { ...bff.jobRunner, where: 'elsewhere' } as const
  const made = createBff({ ...bff, jobRunner, telemetry: { record: () => {} } })
  await demandProfile(made)
  await made.close()
}

type Bound = NonNullable<ServerOptions['ops']>

/** What is told to the log is counted, too. */
async function withMetrics(bff: ServerOptions['bff'], ops: Bound): Promise<ServerOptions['bff']> {
  const metrics = await prometheusTelemetry({ tellsPrimary: cluster.isWorker })
  if (!cluster.isWorker) listenForMetrics(metrics, bff, ops)
  return { ...bff, telemetry: tellAll(bff.telemetry, metrics) }
}

/** Ends with the process: whoever scrapes sees it to the last. */
function listenForMetrics(metrics: Exposition, bff: ServerOptions['bff'], ops: Bound): void {
  const listener = metricsListener(metrics).listen(ops.port, ops.host).unref()
  listener.on('listening', () => {
    const address = `${addressOf(listener.address())}/metrics`
    bff.telemetry.record({ name: 'metrics-listening', address })
  })
  listener.on('error', (error) => cannotListen(error, ops, 'OPS_PORT'))
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: Bound, variable: string): void {
  process.stderr.write(
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken. Stop what uses it, or choose another: ${variable}=${port + 1}\n`
      : `Can't listen on ${host}:${port}: ${error.message}\n`,
  )
  process.exit(cluster.isWorker ? cannotListenCode : 1)
}

function giveUp(faults: readonly Fault[]): void {
  process.stderr.write(faultReport(faults))
  process.exitCode = 2
}

function listen(options: ServerOptions, made: Bff): void {
  const { bff, host, port, stop } = options
  const { app, announceStop, endStreams, close, notices } = made
  const server = startServer({
    app,
    publicUrl: new URL(bff.publicUrl),
    host,
    port,
    telemetry: bff.telemetry,
  })
  // Of workers the primary tells it, once.
  if (!cluster.isWorker) server.on('listening', () => tellListening(options, server.address()))
  server.on('error', (error) => cannotListen(error, { host, port }, 'PORT'))
  if (!cluster.isWorker || cluster.worker?.id === 1) {
    void notices().then((texts) => {
      for (const text of texts) bff.telemetry.record({ name: 'notice', text })
    })
  }
  stopOnSignal({ server, announceStop, endStreams, close, ...stop, telemetry: bff.telemetry })
}

function tellListening(
  { bff, port, ops, notices }: ServerOptions,
  at: AddressInfo | string | null,
): void {
  bff.telemetry.record({
    name: 'listening',
    address: addressOf(at),
    url: bff.publicUrl,
    store: storeName(bff.store),
  })
  for (const text of [...startupNotices(bff, port, ops?.host), ...notices])
    bff.telemetry.record({ name: 'notice', text })
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address)
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
