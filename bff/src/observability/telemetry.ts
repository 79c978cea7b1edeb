import { pino, type LevelWithSilent } from 'pino'
import { levels, type Event } from './events.ts'

/** Where events go. */
export interface Telemetry {
  record(event: Event): void
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
