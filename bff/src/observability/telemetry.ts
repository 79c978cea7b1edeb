import { pino, type DestinationStream, type LevelWithSilent } from 'pino'
import { events, type Event } from './events.ts'
import type { Measurement } from './measurements.ts'
import { currentRequest } from './request-context.ts'

/** Where events go. */
export interface Telemetry {
  record(event: Event): void
  /** Left out where nobody counts: then nothing is measured, which each call would pay for. */
  readonly measure?: ((measurement: Measurement) => void) | undefined
}

/** Tells each of them everything. */
export function tellAll(...telemetries: readonly Telemetry[]): Telemetry {
  const measuring = telemetries.flatMap(({ measure }) => measure ?? [])
  return {
    record: (event) => {
      for (const telemetry of telemetries) telemetry.record(event)
    },
    ...(measuring.length > 0 && {
      measure: (measurement) => {
        for (const measure of measuring) measure(measurement)
      },
    }),
  }
}

/**
 * JSON lines, one an event, on standard output unless another place is named. What a request causes bears its id and that of its
 * trace.
 */
export function logTelemetry(level: LevelWithSilent, destination?: DestinationStream): Telemetry {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const isNews = onceAMinute()
  return {
    record: (event) => {
      const told = events[event.name].level
      const request = currentRequest()
      const about = request && { requestId: request.requestId, traceId: request.trace.traceId }
      log[told === 'info' && !isNews(event) ? 'debug' : told]({ ...about, ...event })
    },
  }
}

/**
 * What anybody can cause who sends one header, as often as they like: in full it would fill a disk. The first of a kind in a
 * minute is told, so that it is seen, and the metrics count them all.
 */
function onceAMinute(): (event: Event) => boolean {
  const toldAt = new Map<string, number>()
  return function isNews(event) {
    const kind = kindOfNoise(event)
    if (kind === null) return true
    const now = performance.now()
    if (now - (toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) < 60_000) return false
    toldAt.set(kind, now)
    return true
  }
}

function kindOfNoise(event: Event): string | null {
  if (event.name === 'seal-refused') return `${event.name}/${event.purpose}/${event.reason}`
  if (event.name === 'request-refused') return `${event.name}/${event.reason}`
  return event.name === 'sign-out-answer-unknown' ? event.name : null
}
