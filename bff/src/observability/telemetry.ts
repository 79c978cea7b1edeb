import { pino, type LevelWithSilent } from 'pino'
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

/** JSON lines on standard output, one an event. */
export function logTelemetry(level: LevelWithSilent): Telemetry {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })
  return {
    record: (event) => {
      log[levels[event.name]](event)
    },
  }
}
