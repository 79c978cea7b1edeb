import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'

/** `full`: what is there can be read, and nothing written, as with a full disk or a Redis that has become a replica. */
export type StoreState = 'up' | 'down' | 'silent' | 'full'

export type BreakableStore = Store & {
  state: StoreState
  /** What was asked of it. */ asked: string[]
}

const writes = new Set(['append', 'delete', 'replace', 'set'])

export function breakableStore(): BreakableStore {
  const inner = memoryStore({ now: () => Math.floor(Date.now() / 1000), milliseconds: Date.now })
  function breakable<T extends object>(port: T): T {
    return new Proxy(port, {
      get:
        (target, name) =>
        async (...parameters: unknown[]) => {
          store.asked.push(String(name))
          if (store.state === 'silent') return new Promise(() => {})
          if (store.state === 'down') throw new Error('the store is down')
          if (store.state === 'full' && writes.has(String(name)))
            throw new Error('the store is full')
          return (Reflect.get(target, name) as (...given: unknown[]) => unknown)(...parameters)
        },
    })
  }
  const store: BreakableStore = {
    state: 'up',
    asked: [],
    keyValue: breakable(inner.keyValue),
    journal: breakable(inner.journal),
    close: inner.close,
  }
  return store
}
