import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal } from '../base/failure.ts'
import { PlainError } from '../base/plain-error.ts'
import { within } from '../base/within.ts'
import type { Breaker, StoreOperation } from '../observability/measurements.ts'
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
  const reading = guard('store-reading', clock, telemetry)
  // Apart, so that a store that takes nothing any more, full or become a replica, still tells what it has.
  const writing = guard('store-writing', clock, telemetry)
  const { agenda, keyValue, journal } = store
  return {
    keyValue: {
      get: (key) => reading('get', () => keyValue.get(key)),
      set: (key, value, ttlSeconds) => writing('set', () => keyValue.set(key, value, ttlSeconds)),
      replace: (key, expected, value, ttlSeconds) =>
        writing('replace', () => keyValue.replace(key, expected, value, ttlSeconds)),
      delete: (key) => writing('delete', () => keyValue.delete(key)),
      ping: () => reading('ping', () => keyValue.ping()),
    },
    journal: {
      append: (entry, ttlSeconds) => writing('journal', () => journal.append(entry, ttlSeconds)),
      since: (cursor) => reading('journal', () => journal.since(cursor)),
    },
    ...(agenda && { agenda: guardedAgenda(agenda, reading, writing) }),
    // Nobody waits for it.
    lossAtBreakdown: async () => (await store.lossAtBreakdown?.()) ?? null,
    close: () => store.close(),
  }
}

function guardedAgenda(agenda: Agenda, reading: Guard, writing: Guard): Agenda {
  return {
    put: (list, name, dueAt) => writing('agenda', () => agenda.put(list, name, dueAt)),
    remove: (list, name) => writing('agenda', () => agenda.remove(list, name)),
    due: (list, at, limit) => reading('agenda', () => agenda.due(list, at, limit)),
    count: (list, at) => reading('agenda', () => agenda.count(list, at)),
    page: (list, cursor) => reading('agenda', () => agenda.page(list, cursor)),
  }
}

type Guard = <T>(operation: StoreOperation, work: () => Promise<T>) => Promise<T>

function guard(breaker: Breaker, clock: Clock, telemetry: Telemetry): Guard {
  const { measure } = telemetry
  let failures = 0
  let openUntil = 0

  return async function guarded<T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> {
    if (failures >= failuresToOpen && clock.now() < openUntil) {
      throw new Refusal({
        kind: 'store-unreachable',
        cause: new PlainError('not asked: the breaker is open'),
      })
    }
    const startedAt = measure ? performance.now() : 0
    const tell = (outcome: 'done' | 'failed') => {
      if (!measure) return
      const seconds = (performance.now() - startedAt) / 1000
      measure({ name: 'store-answered', operation, outcome, seconds })
    }
    try {
      const answer = await within(budgetSeconds, work(), tooLate)
      if (answer === tooLate) throw new PlainError(`no answer within ${budgetSeconds} s`)
      tell('done')
      if (failures >= failuresToOpen) {
        telemetry.record({ name: 'store-reachable' })
        measure?.({ name: 'breaker-turned', breaker, open: false })
      }
      failures = 0
      return answer
    } catch (cause) {
      tell('failed')
      failures += 1
      openUntil = clock.now() + openSeconds
      if (failures === failuresToOpen) {
        telemetry.record({ name: 'store-unreachable', detail: describeCause(cause) })
        measure?.({ name: 'breaker-turned', breaker, open: true })
      }
      throw new Refusal({ kind: 'store-unreachable', cause })
    }
  }
}

const tooLate = Symbol('too late')
