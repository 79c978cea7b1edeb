import type { Server } from 'node:http'
import { createBff, type Bff } from './create-bff.ts'
import { lastWords } from './observability/last-words.ts'
import { faultReport } from './options/fault-report.ts'
import { namedByVariable, optionsFromEnv, type ServerOptions } from './options/from-env.ts'
import { InvalidOptions } from './options/invalid-options.ts'
import { startupNotices, storeName } from './options/startup-notices.ts'
import type { Fault } from './options/resolve-options.ts'
import { startServer } from './server.ts'

/** How long what is under way may take to end after SIGTERM. */
const graceSeconds = 10

const options = optionsFromEnv(process.env)
if (options.ok) open(options.value)
else giveUp(options.error)

function open(options: ServerOptions): void {
  lastWords(options.bff.telemetry)
  try {
    listen(options, createBff(options.bff))
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    giveUp(namedByVariable(error.faults))
  }
}

function giveUp(faults: readonly Fault[]): void {
  process.stderr.write(faultReport(faults))
  process.exitCode = 2
}

function listen({ bff, host, port }: ServerOptions, { app, close }: Bff): void {
  const record = bff.telemetry.record
  const server = startServer({ app, publicUrl: new URL(bff.publicUrl), host, port })
  server.on('listening', () => {
    record({
      name: 'listening',
      address: addressOf(server),
      url: bff.publicUrl,
      store: storeName(bff.store),
    })
    for (const text of startupNotices(bff, port)) record({ name: 'notice', text })
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(
      error.code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is taken. Stop what uses it, or choose another: PORT=${port + 1}\n`
        : `Can't listen on ${host}:${port}: ${error.message}\n`,
    )
    process.exit(1)
  })
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

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
