import { pino, type DestinationStream, type LevelWithSilent } from 'pino'
import { levels, type Event } from './events.ts'

/** Where events go. */
export interface Telemetry {
  record(event: Event): void
}

/** Tells each of them everything. */
export function tellAll(...telemetries: readonly Telemetry[]): Telemetry {
  return {
    record: (event) => {
      for (const telemetry of telemetries) telemetry.record(event)
    },
  }
}

/** JSON lines, one an event, on standard output unless another place is named. */
export function logTelemetry(level: LevelWithSilent, destination?: DestinationStream): Telemetry {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const isNews = onceAMinute()
  return {
    record: (event) => {
      const told = levels[event.name]
      log[told === 'info' && !isNews(event) ? 'debug' : told](event)
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
  return event.name === 'sign-out-answer-unknown' ? event.name : null
}
