import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'

/**
 * A store in memory of which every question goes through `meddle`: that may note it, fail it, or let it wait for ever.
 *
 * @param meddle  is told the name of what is asked, with its parameters, and asks the store itself by `ask`
 */
export function meddledStore(
  meddle: (name: string, parameters: readonly unknown[], ask: () => unknown) => unknown,
): Store {
  const inner = memoryStore(systemClock)
  function meddled<T extends object>(port: T): T {
    return new Proxy(port, {
      get:
        (target, name) =>
        async (...parameters: unknown[]) => {
          const call = Reflect.get(target, name) as (...given: unknown[]) => unknown
          return meddle(String(name), parameters, () => call(...parameters))
        },
    })
  }
  return {
    keyValue: meddled(inner.keyValue),
    journal: meddled(inner.journal),
    agenda: meddled(inner.agenda),
    close: inner.close,
  }
}
