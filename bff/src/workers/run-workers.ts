import cluster, { type Worker } from 'node:cluster'
import type { AddressInfo } from 'node:net'
import type { Telemetry } from '../observability/telemetry.ts'
import { cannotListen, mostDeathsAtStart, pauseSeconds, wasStable } from './replacement.ts'

export interface CrewOptions {
  readonly count: number
  /** What each of them runs. It finds the settings in the environment. */
  readonly program: string
  /** How long they may take to end after SIGTERM. */
  readonly stopSeconds: number
  readonly telemetry: Telemetry
  /** Called once, when the first of them takes requests. */
  readonly onListening: (at: AddressInfo) => void
}

/** One of so many, whoever fills it. */
interface Place {
  readonly number: number
  deathsInARow: number
}

/** Keeps so many workers at work on one port, and ends with them. */
export function runWorkers({ count, program, stopSeconds, telemetry, ...on }: CrewOptions): void {
  const { record } = telemetry
  /** Those whose process runs. Node's own list has a dead one until its channel is closed, too. */
  const alive = new Set<Worker>()
  const serving = new Set<Worker>()
  let listens = false
  let deathsAtStart = 0
  let stopping = false
  cluster.setupPrimary({ exec: program, args: [] })

  function fill(place: Place): void {
    if (stopping) return
    const startedAt = performance.now()
    const worker = cluster.fork()
    alive.add(worker)
    const { pid = 0 } = worker.process
    record({ name: 'worker-started', worker: place.number, pid })
    worker.once('listening', ({ address, port }) => {
      serving.add(worker)
      deathsAtStart = 0
      if (!listens) openFor({ address, port, family: address.includes(':') ? 'IPv6' : 'IPv4' })
    })
    worker.once('exit', (code, signal) => {
      alive.delete(worker)
      serving.delete(worker)
      if (stopping) return endWithTheLast()
      const livedSeconds = (performance.now() - startedAt) / 1000
      if (wasStable(livedSeconds)) place.deathsInARow = 0
      place.deathsInARow += 1
      const againInSeconds = pauseSeconds(place.deathsInARow)
      const how = signal ?? `exit code ${code}`
      record({ name: 'worker-died', worker: place.number, pid, how, againInSeconds })
      if (serving.size === 0) mayGiveUp(code)
      setTimeout(fill, againInSeconds * 1000, place)
    })
  }

  /** The first one alone: what keeps it from starting would keep them all, and is told once. */
  function openFor(at: AddressInfo): void {
    listens = true
    on.onListening(at)
    for (let number = 2; number <= count; number += 1) fill({ number, deathsInARow: 0 })
  }

  function mayGiveUp(code: number): void {
    deathsAtStart += 1
    // It has said itself why.
    if (code === cannotListen && !listens) process.exit(1)
    if (deathsAtStart < mostDeathsAtStart) return
    process.stderr.write(
      `No worker came to take requests: ${deathsAtStart} died one after the other. What they wrote stands above.\n`,
    )
    process.exit(1)
  }

  function endWithTheLast(): void {
    if (alive.size === 0) process.exit(0)
  }

  function stop(signal: NodeJS.Signals): void {
    if (stopping) return
    stopping = true
    record({ name: 'stopping', signal })
    for (const worker of alive) {
      // A terminal has told them by itself, all but one that began this very moment.
      if (signal === 'SIGINT') worker.process.kill('SIGINT')
      worker.process.kill('SIGTERM')
    }
    // They keep to it by themselves, unless they hang.
    setTimeout(
      () => {
        for (const worker of alive) worker.process.kill('SIGKILL')
        process.exit(0)
      },
      (stopSeconds + 1) * 1000,
    )
    endWithTheLast()
  }

  process.on('SIGTERM', stop)
  // Once: whoever has no patience and asks again gets the end at once.
  process.once('SIGINT', stop)
  fill({ number: 1, deathsInARow: 0 })
}
