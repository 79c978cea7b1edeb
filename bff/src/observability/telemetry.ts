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
  return {
    record: (event) => {
      log[levels[event.name]](event)
    },
  }
}
