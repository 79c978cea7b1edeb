import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { eventFaults } from '../observability/event-faults.ts'
import { events, type EventKind } from '../observability/events.ts'
import type { Telemetry } from '../observability/telemetry.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the names of all events go that any test causes; `events-heard.ts` reads them in the end. */
    readonly eventsHeard: string
  }
}

const noted = new Set<string>()

/** Notes that an event was caused, and what of it is not as the catalogue says. */
function noteEvent(event: { readonly name: string }): void {
  note('names', event.name)
  for (const fault of eventFaults(event)) note('faults', fault)
}

function note(file: 'names' | 'faults', line: string): void {
  if (noted.has(line)) return
  noted.add(line)
  appendFileSync(join(inject('eventsHeard'), file), `${line}\n`)
}

/** Hears all that is recorded. */
export function heard(telemetry: Telemetry): Telemetry {
  return {
    ...telemetry,
    record(event) {
      noteEvent(event)
      telemetry.record(event)
    },
  }
}

/** Hears a line of what a process of its own writes. */
export function noteLine(line: string): void {
  if (!line.startsWith('{"level":') || !line.endsWith('}')) return
  const { level: _, time: _time, traceId: _trace, ...said } = JSON.parse(line) as LogLine
  const { requestId: _request, ...event } = said
  const isOwn = 'requestId' in (catalogue[said.name]?.fields ?? {})
  // Of most events it is no field of their own: the log adds it.
  noteEvent(isOwn ? said : event)
}

type LogLine = Readonly<Record<string, unknown>> & { readonly name: string }

const catalogue: Readonly<Record<string, EventKind>> = events
