import cluster from 'node:cluster'
import type { ServerResponse, IncomingMessage, Server } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from './base/within.ts'
import type { Telemetry } from './observability/telemetry.ts'

/** How long stopping may take. */
export interface StopTimes {
  /** After SIGTERM, for the load balancer to see that this instance is not ready, while it serves as before. */
  readonly delaySeconds: number
  /** From then on, for what is under way. After it the process is gone. */
  readonly graceSeconds: number
}

export interface EndParts extends StopTimes {
  readonly server: Server
  /** From now on not ready. */
  readonly announceStop: () => void
  /** Ends what has no end of its own. */
  readonly endStreams: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface StopParts extends EndParts {
  readonly telemetry: Telemetry
}

/** The part of the grace that is for leases, revocations and the store, whatever is still under way. */
const partForClosing = 0.2
/** A connection in steady use brings its next request by then, and learns with the answer that it ends. */
const settleSeconds = 1
const lookEveryMilliseconds = 100

/** Takes no more requests after SIGTERM or SIGINT, lets those and the renewals under way end, and is gone. */
export function stopOnSignal(parts: StopParts): void {
  const { telemetry, delaySeconds } = parts
  let stopping = false
  // At a keyboard, whose signal reaches all processes, nobody balances loads.
  let atKeyboard = false
  function stop(signal: NodeJS.Signals): void {
    // Whoever signals all processes of a group, as many supervisors do, reaches a worker twice: its primary tells it, too.
    if (stopping) return
    stopping = true
    if (!cluster.isWorker) telemetry.record({ name: 'stopping', signal })
    void endServing({ ...parts, delaySeconds: atKeyboard ? 0 : delaySeconds }).then(() =>
      process.exit(0),
    )
  }
  function interrupt(): void {
    atKeyboard = true
    if (!cluster.isWorker) stop('SIGINT')
  }
  process.on('SIGTERM', stop)
  if (cluster.isWorker) process.on('SIGINT', interrupt)
  // Once: whoever has no patience and asks again gets the end at once.
  else process.once('SIGINT', interrupt)
}

/** Resolves when all has ended, or the time for it. Never rejects. */
export async function endServing(parts: EndParts): Promise<void> {
  const { server, announceStop, endStreams, close, delaySeconds, graceSeconds } = parts
  announceStop()
  server.prependListener('request', endsItsConnection)
  await pause(delaySeconds * 1000)
  const closingSeconds = graceSeconds * partForClosing
  await within(graceSeconds - closingSeconds, Promise.all([closed(server), endStreams()]), null)
  await within(closingSeconds, close(), null).catch(() => {})
}

/** Closed from this side while idle, a connection may bring a request at that very moment, which would be lost. */
function endsItsConnection(_: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.shouldKeepAlive = false
}

/** Resolves when the last connection is gone. */
async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // An HTTP server's own way closes the idle ones at once.
  Listener.prototype.close.call(server, () => resolve())
  const settledAt = performance.now() + settleSeconds * 1000
  const sweep = setInterval(() => {
    if (performance.now() >= settledAt) server.closeIdleConnections()
  }, lookEveryMilliseconds).unref()
  // Whoever has mounted Strongroom in a server of their own goes on after this one.
  await promise.finally(() => clearInterval(sweep))
}
