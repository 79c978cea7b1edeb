import type { Store } from '../keyvalue/store.ts'
import { meddledStore } from './meddled-store.ts'

/** A store in memory that several instances can share, and that can be cut off. */
export function cuttableStore(): Store & { cut: boolean } {
  const inner = meddledStore((_name, _parameters, ask) => {
    if (store.cut) throw new Error('the store is cut off')
    return ask()
  })
  const store = { ...inner, cut: false }
  return store
}
