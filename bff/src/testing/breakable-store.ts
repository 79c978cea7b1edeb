import type { Store } from '../keyvalue/store.ts'
import { meddledStore } from './meddled-store.ts'

/** `full`: what is there can be read, and nothing written, as with a full disk or a Redis that has become a replica. */
export type StoreState = 'up' | 'down' | 'silent' | 'full'

export type BreakableStore = Store & {
  state: StoreState
  /** What was asked of it. */ asked: string[]
}

const writes = new Set(['append', 'delete', 'replace', 'set'])

export function breakableStore(): BreakableStore {
  const inner = meddledStore((name, _parameters, ask) => {
    store.asked.push(name)
    if (store.state === 'silent') return new Promise(() => {})
    if (store.state === 'down') throw new Error('the store is down')
    if (store.state === 'full' && writes.has(name)) throw new Error('the store is full')
    return ask()
  })
  const store: BreakableStore = { ...inner, state: 'up', asked: [] }
  return store
}
