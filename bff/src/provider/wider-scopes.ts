import type { Telemetry } from '../observability/telemetry.ts'
import type { Narrowing } from './provider.ts'

type Asked = Pick<Narrowing, 'resource' | 'audience' | 'scopes'>

/** @param granted  as the answer says; nothing where it says nothing, which is what was asked for (RFC 6749 §5.1) */
export type NoteScopes = (asked: Asked, granted: readonly string[]) => void

const mostTold = 10

/**
 * Tells once of each demand whose token may do more than was asked for. It is used all the same: providers add scopes to every
 * token of a client (RFC 6749 §3.3), and the operator alone knows whether these are harmless.
 */
export function widerScopes({ record }: Pick<Telemetry, 'record'>): NoteScopes {
  // As many as there are rows.
  const told = new Set<string>()
  return ({ audience, resource, scopes: asked }, granted) => {
    const wider = asked === undefined ? [] : granted.filter((scope) => !asked.includes(scope))
    const demand = JSON.stringify([resource, audience, asked])
    if (wider.length === 0 || told.has(demand)) return
    told.add(demand)
    record({
      name: 'scopes-wider',
      audience: audience ?? resource ?? '',
      asked: (asked ?? []).join(' '),
      wider: wider.slice(0, mostTold).map(plainScope).join(' '),
    })
  }
}

/** Without a digit: no token, code or secret looks like that. */
const scopeLike = /^[a-z][a-z._:/-]{0,59}$/i

/** What somebody else wrote, fit for a log. */
function plainScope(scope: string): string {
  return scopeLike.test(scope) ? scope : 'other'
}
