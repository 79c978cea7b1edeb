import { serve, type ServerType } from '@hono/node-server'
import { createBff } from './create-bff.ts'
import { faultReport } from './options/fault-report.ts'
import { optionsFromEnv, type ServerOptions } from './options/from-env.ts'

/** Four cookies of 4 kB are more than Node's default limit for all headers. */
const maxHeaderBytes = 32_768

/** How long requests under way may take to end after SIGTERM. */
const graceSeconds = 5

const options = optionsFromEnv(process.env)
if (options.ok) start(options.value)
else {
  process.stderr.write(faultReport(options.error))
  process.exitCode = 2
}

function start({ bff, host, port }: ServerOptions): void {
  const { app } = createBff(bff)
  const server = serve({
    fetch: app.fetch,
    hostname: host,
    port,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: maxHeaderBytes, headersTimeout: 15_000 },
  })
  server.on('listening', () =>
    bff.telemetry?.record({ name: 'listening', url: bff.publicUrl, store: bff.store ?? '' }),
  )
  server.on('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(
      error.code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is taken. Stop what uses it, or choose another: PORT=${port + 1}\n`
        : `Can't listen on ${host}:${port}: ${error.message}\n`,
    )
    process.exit(1)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => stop(server, signal))
}

/** Takes no more requests, lets those under way end, and is gone after five seconds whatever they do. */
function stop(server: ServerType, signal: string): void {
  if (options.ok) options.value.bff.telemetry?.record({ name: 'stopping', signal })
  server.close(() => process.exit(0))
  if ('closeIdleConnections' in server) server.closeIdleConnections()
  setTimeout(() => process.exit(0), graceSeconds * 1000).unref()
}
