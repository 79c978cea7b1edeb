import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'

/** A store in memory that several instances can share, and that can be cut off. */
export function cuttableStore(): Store & { cut: boolean } {
  const inner = memoryStore(systemClock)
  function cuttable<T extends object>(port: T): T {
    return new Proxy(port, {
      get:
        (target, name) =>
        async (...parameters: unknown[]) => {
          if (store.cut) throw new Error('the store is cut off')
          const call = Reflect.get(target, name) as (...given: unknown[]) => unknown
          return call(...parameters)
        },
    })
  }
  const store = {
    cut: false,
    keyValue: cuttable(inner.keyValue),
    journal: cuttable(inner.journal),
    close: inner.close,
  }
  return store
}
