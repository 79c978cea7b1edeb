import type { RedisConnection } from './redis-connection.ts'
import type { Agenda } from './store.ts'

/** Redis does nothing else while it reads a page. */
const namesOfPage = 500

/** Keeps each list of an agenda as a sorted set, its instants the scores. */
export function redisAgenda({ ask }: Pick<RedisConnection, 'ask'>): Agenda {
  return {
    put: async (list, name, dueAt) => {
      await ask((redis) => redis.zAdd(keyOf(list), { score: dueAt, value: name }))
    },
    remove: async (list, name) => {
      await ask((redis) => redis.zRem(keyOf(list), name))
    },
    due: (list, at, limit) =>
      ask((redis) =>
        redis.zRangeByScore(keyOf(list), '-inf', at, { LIMIT: { offset: 0, count: limit } }),
      ),
    count: (list, at) => ask((redis) => redis.zCount(keyOf(list), '-inf', at)),
    page: async (list, cursor) => {
      const page = await ask((redis) =>
        redis.zScan(keyOf(list), cursor ?? '0', { COUNT: namesOfPage }),
      )
      return {
        names: page.members.map(({ value }) => value),
        cursor: page.cursor === '0' ? null : page.cursor,
      }
    },
  }
}

function keyOf(list: string): string {
  return `agenda/${list}`
}
