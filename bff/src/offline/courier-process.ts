import { createSecretKey } from 'node:crypto'
import { systemClock } from '../base/clock.ts'
import { sealerWith } from '../base/sealer.ts'
import { sqliteStore } from '../keyvalue/sqlite-store.ts'
import type { Store } from '../keyvalue/store.ts'
import { runErrand } from './answer-slot.ts'
import type { FromCourier, ToCourier } from './token-courier.ts'

/** The other end of `token-courier.ts`, a process of its own. It knows one store, and no more of the app than it is handed. */

let store: Promise<Store> | null = null
let inHand = 0
let isLeft = false

process.title = 'strongroom courier'
process.on('message', (message: ToCourier) => {
  if ('store' in message) store = openStore(message.store)
  else void deliver(message)
})
process.on('disconnect', () => {
  isLeft = true
  endIfDone()
})
// Whoever ends a service may signal each of its processes. This one ends with the other, when all is written down.
process.on('SIGTERM', () => {})
process.on('SIGINT', () => {})
tell('ready')

async function deliver({ id, errand, key }: Exclude<ToCourier, { store: string }>): Promise<void> {
  if (store === null) return
  inHand += 1
  const sealing = { id: key.id, key: createSecretKey(key.secret, 'base64url') }
  const { seal } = sealerWith({ sealing, opening: new Map() })
  try {
    const { keyValue } = await store
    const { asked, written } = await runErrand({ keyValue, fetch, seal }, errand)
    tell({ id, asked })
    await written
  } catch {
    tell({ id, asked: { failed: 'the store can’t be reached' } })
  } finally {
    inHand -= 1
    endIfDone()
  }
}

function tell(message: FromCourier): void {
  // Nobody may be there any more to hear it.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function endIfDone(): void {
  if (isLeft && inHand === 0) process.exit(0)
}

/** The client of Redis is large, and not loaded where it is not needed. */
async function openStore(url: string): Promise<Store> {
  if (!/^rediss?:/.test(url))
    return sqliteStore(url.slice('sqlite:'.length), systemClock, { durable: true })
  const { redisStore } = await import('../keyvalue/redis-store.ts')
  return redisStore(url)
}
