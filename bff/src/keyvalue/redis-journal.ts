import type { RedisConnection } from './redis-connection.ts'
import type { Page } from './redis-scripts.ts'
import type { Journal, Told } from './store.ts'

const journalKey = 'journal'

/** How long what took many pages to hear waits for who asked for it. */
const waitMilliseconds = 2000

export function redisJournal({ ask }: Pick<RedisConnection, 'ask'>): Journal {
  let long: { readonly from: string | null; readonly told: Promise<Told> } | null = null

  const read = (cursor: string | null) => ask((redis) => redis.readJournal(journalKey, cursor))

  async function readOn(first: Page): Promise<Told> {
    const entries = [...first.entries]
    let { cursor, restarted, more } = first
    while (more) {
      const page = await read(cursor)
      if (page.restarted) entries.length = 0
      for (const entry of page.entries) entries.push(entry)
      cursor = page.cursor
      restarted ||= page.restarted
      more = page.more
    }
    return { entries, cursor, restarted }
  }

  // A long journal takes longer than anyone waits for one call, so whoever comes back with the same cursor gets on where
  // it gave up. Who has heard it comes with another cursor.
  function remember(from: string | null, told: Promise<Told>): Promise<Told> {
    const mine = { from, told }
    const forget = () => {
      if (long === mine) long = null
    }
    long = mine
    told.then(() => setTimeout(forget, waitMilliseconds).unref(), forget)
    return told
  }

  return {
    append: async (entry, ttlSeconds) => {
      await ask((redis) => redis.appendToJournal(journalKey, entry, ttlSeconds))
    },
    since: async (cursor) => {
      if (long?.from === cursor) return long.told
      const first = await read(cursor)
      if (first.more) return remember(cursor, readOn(first))
      return { entries: first.entries, cursor: first.cursor, restarted: first.restarted }
    },
  }
}
