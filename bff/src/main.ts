import type { Server } from 'node:http'
import { createBff, type Bff } from './create-bff.ts'
import { lastWords } from './observability/last-words.ts'
import { faultReport } from './options/fault-report.ts'
import { namedByVariable, optionsFromEnv, type ServerOptions } from './options/from-env.ts'
import { InvalidOptions } from './options/invalid-options.ts'
import { startupNotices, storeName } from './options/startup-notices.ts'
import type { Fault } from './options/resolve-options.ts'
import { metricsListener } from './observability/metrics-listener.ts'
import { prometheusTelemetry } from './observability/prometheus.ts'
import { tellAll } from './observability/telemetry.ts'
import { startServer } from './server.ts'

/** How long what is under way may take to end after SIGTERM. */
const graceSeconds = 10

const options = optionsFromEnv(process.env)
if (options.ok) await open(options.value)
else giveUp(options.error)

async function open(options: ServerOptions): Promise<void> {
  lastWords(options.bff.telemetry)
  try {
    const bff = options.ops ? await withMetrics(options.bff, options.ops) : options.bff
    listen({ ...options, bff }, createBff(bff))
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    giveUp(namedByVariable(error.faults))
  }
}

type Bound = NonNullable<ServerOptions['ops']>

/** What is told to the log is counted, too. Ends with the process: whoever scrapes sees it to the last. */
async function withMetrics(bff: ServerOptions['bff'], ops: Bound): Promise<ServerOptions['bff']> {
  const metrics = await prometheusTelemetry()
  const listener = metricsListener(metrics).listen(ops.port, ops.host).unref()
  listener.on('listening', () => {
    bff.telemetry.record({ name: 'metrics-listening', address: `${addressOf(listener)}/metrics` })
  })
  listener.on('error', (error) => cannotListen(error, ops, 'OPS_PORT'))
  return { ...bff, telemetry: tellAll(bff.telemetry, metrics) }
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: Bound, variable: string): void {
  process.stderr.write(
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken. Stop what uses it, or choose another: ${variable}=${port + 1}\n`
      : `Can't listen on ${host}:${port}: ${error.message}\n`,
  )
  process.exit(1)
}

function giveUp(faults: readonly Fault[]): void {
  process.stderr.write(faultReport(faults))
  process.exitCode = 2
}

function listen({ bff, host, port, ops }: ServerOptions, { app, close }: Bff): void {
  const { telemetry } = bff
  const record = telemetry.record
  const server = startServer({ app, publicUrl: new URL(bff.publicUrl), host, port, telemetry })
  server.on('listening', () => {
    record({
      name: 'listening',
      address: addressOf(server),
      url: bff.publicUrl,
      store: storeName(bff.store),
    })
    for (const text of startupNotices(bff, port, ops?.host)) record({ name: 'notice', text })
  })
  server.on('error', (error) => cannotListen(error, { host, port }, 'PORT'))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      record({ name: 'stopping', signal })
      stop(server, close)
    })
  }
}

/** Takes no more requests, lets those and the renewals under way end, and is gone after ten seconds whatever they do. */
function stop(server: Server, close: () => Promise<void>): void {
  server.close(() => void close().finally(() => process.exit(0)))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), graceSeconds * 1000).unref()
}

function addressOf(server: Pick<Server, 'address'>): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
