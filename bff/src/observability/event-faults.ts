import type { Field } from './event-fields.ts'
import { events, type EventKind } from './events.ts'

/** No I/O. For tests: the types say the same, and nothing of it need be asked when the program runs. */

const shapes: Readonly<Record<Field['kind'], (value: unknown, field: Field) => boolean>> = {
  name: (value) => isPlain(value, 300),
  code: (value) => typeof value === 'string' && /^[\w.:-]{0,64}$/.test(value),
  text: (value) => isPlain(value, 4000),
  choice: (value, { choices }) => typeof value === 'string' && choices?.includes(value) === true,
  number: (value) => Number.isFinite(value),
  flag: (value) => typeof value === 'boolean',
  names: (value) => Array.isArray(value) && value.every((one) => isPlain(one, 300)),
}

/** A JWT, a seal, or a run of letters and digits as only something random is. */
const secretive = /\beyJ[\w-]{8,}\.|Fe26\.2\*|[\w-]{64,}/

function isPlain(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length <= most && !secretive.test(value)
}

/** What of an event is not as the catalogue says; nothing where all is well. No value is repeated. */
export function eventFaults(event: { readonly name: string }): readonly string[] {
  const kind = (events as Readonly<Record<string, EventKind>>)[event.name]
  if (kind === undefined) return [`${event.name} is not in the catalogue`]
  const { name: _name, ...values } = event
  const given = values as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).filter((field) => !(field in kind.fields))
  const wrong = Object.entries(kind.fields).filter(([name, field]) => {
    const value = given[name]
    return !(field.orNull && value === null) && !shapes[field.kind](value, field)
  })
  return [
    ...unknown.map((field) => `${event.name} has no ${field}`),
    ...wrong.map(([field, { kind: is }]) => `${event.name}: ${field} is no ${is}`),
  ]
}
