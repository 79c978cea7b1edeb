import { redisAgenda } from './redis-agenda.ts'
import { redisConnection } from './redis-connection.ts'
import { redisJournal } from './redis-journal.ts'
import { lossAtBreakdown } from './redis-persistence.ts'
import { milliseconds } from './redis-scripts.ts'
import type { Agenda, Store } from './store.ts'

/**
 * Keeps everything in a Redis (6.0 or later) or a Valkey that many instances share.
 *
 * Redis' own clock says when a time is over, so the instances' clocks need not agree. It may not drop what is not over:
 * `maxmemory-policy` belongs on `noeviction`. What Redis Cluster needs is not done; a primary with replicas behind one
 * address is well, and an entry of the journal that a fail-over loses is told as `restarted`.
 *
 * @param url  `redis[s]://[[user]:password@]host[:port][/database]`; the first call connects
 */
export function redisStore(url: string): Store & { readonly agenda: Agenda } {
  const connection = redisConnection(url)
  const { ask } = connection
  return {
    keyValue: {
      get: (key) => ask((redis) => redis.get(key)),
      set: async (key, value, ttlSeconds) => {
        const expiration = { type: 'PX', value: milliseconds(ttlSeconds) } as const
        await ask((redis) => redis.set(key, value, { expiration }))
      },
      replace: async (key, expected, value, ttlSeconds) => {
        const changed = await ask((redis) => redis.replaceValue(key, expected, value, ttlSeconds))
        return changed === 1
      },
      delete: async (key) => {
        await ask((redis) => redis.del(key))
      },
      ping: async () => {
        await ask((redis) => redis.ping())
      },
    },
    journal: redisJournal(connection),
    agenda: redisAgenda(connection),
    lossAtBreakdown: () => ask(async (redis) => lossAtBreakdown(await redis.info())),
    close: connection.close,
  }
}
