import cluster from 'node:cluster'
import type { Server } from 'node:http'
import type { Telemetry } from './observability/telemetry.ts'

export interface StopParts {
  readonly server: Server
  /** Ends what has no end of its own. */
  readonly endStreams: () => Promise<void>
  readonly close: () => Promise<void>
  /** After so long the process is gone, whatever is still under way. */
  readonly graceSeconds: number
  readonly telemetry: Telemetry
}

const lookEveryMilliseconds = 100

/** Takes no more requests after SIGTERM or SIGINT, lets those and the renewals under way end, and is gone. */
export function stopOnSignal(parts: StopParts): void {
  let stopping = false
  function stop(signal: NodeJS.Signals): void {
    // Whoever signals all processes of a group, as many supervisors do, reaches a worker twice: its primary tells it, too.
    if (stopping) return
    stopping = true
    if (!cluster.isWorker) parts.telemetry.record({ name: 'stopping', signal })
    void end(parts)
  }
  process.on('SIGTERM', stop)
  if (cluster.isWorker) process.on('SIGINT', () => {})
  // Once: whoever has no patience and asks again gets the end at once.
  else process.once('SIGINT', stop)
}

async function end({ server, endStreams, close, graceSeconds }: StopParts): Promise<void> {
  setTimeout(() => process.exit(0), graceSeconds * 1000).unref()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  // A connection that was busy just now is idle a moment later, and would be kept for a minute.
  const sweep = setInterval(() => server.closeIdleConnections(), lookEveryMilliseconds)
  await Promise.all([closed, endStreams()])
  clearInterval(sweep)
  await close().catch(() => {})
  process.exit(0)
}
