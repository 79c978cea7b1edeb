import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal } from '../base/failure.ts'
import { PlainError } from '../base/plain-error.ts'
import { within } from '../base/within.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Agenda, Store } from './store.ts'

/** No answer of a store is worth a longer wait: the call behind it has a user before it. */
const budgetSeconds = 0.25

/** After so many failures in a row nobody asks any more, and nobody waits, for so long. */
const failuresToOpen = 3
const openSeconds = 1

/**
 * Puts a time limit and a breaker before a store. What can't be had in time is a refusal `store-unreachable`, so that a
 * store that hangs costs each call a quarter of a second, then nothing.
 */
export function guardedStore(store: Store, clock: Clock, telemetry: Telemetry): Store {
  const reading = guard(clock, telemetry)
  // Apart, so that a store that takes nothing any more, full or become a replica, still tells what it has.
  const writing = guard(clock, telemetry)
  const { agenda, keyValue, journal } = store
  return {
    keyValue: {
      get: (key) => reading(() => keyValue.get(key)),
      set: (key, value, ttlSeconds) => writing(() => keyValue.set(key, value, ttlSeconds)),
      replace: (key, expected, value, ttlSeconds) =>
        writing(() => keyValue.replace(key, expected, value, ttlSeconds)),
      delete: (key) => writing(() => keyValue.delete(key)),
      ping: () => reading(() => keyValue.ping()),
    },
    journal: {
      append: (entry, ttlSeconds) => writing(() => journal.append(entry, ttlSeconds)),
      since: (cursor) => reading(() => journal.since(cursor)),
    },
    ...(agenda && { agenda: guardedAgenda(agenda, reading, writing) }),
    // Nobody waits for it.
    lossAtBreakdown: async () => (await store.lossAtBreakdown?.()) ?? null,
    close: () => store.close(),
  }
}

function guardedAgenda(agenda: Agenda, reading: Guard, writing: Guard): Agenda {
  return {
    put: (list, name, dueAt) => writing(() => agenda.put(list, name, dueAt)),
    remove: (list, name) => writing(() => agenda.remove(list, name)),
    due: (list, at, limit) => reading(() => agenda.due(list, at, limit)),
    count: (list, at) => reading(() => agenda.count(list, at)),
    page: (list, cursor) => reading(() => agenda.page(list, cursor)),
  }
}

type Guard = <T>(work: () => Promise<T>) => Promise<T>

function guard(clock: Clock, telemetry: Telemetry): Guard {
  let failures = 0
  let openUntil = 0

  return async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (failures >= failuresToOpen && clock.now() < openUntil) {
      throw new Refusal({
        kind: 'store-unreachable',
        cause: new PlainError('not asked: the breaker is open'),
      })
    }
    try {
      const answer = await within(budgetSeconds, work(), tooLate)
      if (answer === tooLate) throw new PlainError(`no answer within ${budgetSeconds} s`)
      if (failures >= failuresToOpen) telemetry.record({ name: 'store-reachable' })
      failures = 0
      return answer
    } catch (cause) {
      failures += 1
      openUntil = clock.now() + openSeconds
      if (failures === failuresToOpen)
        telemetry.record({ name: 'store-unreachable', detail: describeCause(cause) })
      throw new Refusal({ kind: 'store-unreachable', cause })
    }
  }
}

const tooLate = Symbol('too late')
