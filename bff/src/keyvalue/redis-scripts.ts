import { defineScript, type CommandParser } from '@redis/client'
import type { Told } from './store.ts'

/**
 * What must happen at once is done inside Redis.
 *
 * The journal is a stream, as its ids come from Redis' clock, only ever grow, and are never given twice: so a cursor is
 * the id of the last entry heard, and a journal that no longer has that entry is another one, or has lost some. An entry
 * is therefore kept for a while after a later one has come, though it be over.
 */
export const redisScripts = {
  replaceValue: defineScript({
    NUMBER_OF_KEYS: 1,
    // A value comes with a mark before it, so that the empty text means none.
    SCRIPT: `
      local current = redis.call('GET', KEYS[1])
      if (current and '=' .. current or '') ~= ARGV[1] then return 0 end
      if ARGV[2] == '' then redis.call('DEL', KEYS[1])
      else redis.call('SET', KEYS[1], string.sub(ARGV[2], 2), 'PX', ARGV[3]) end
      return 1`,
    parseCommand(
      parser: CommandParser,
      key: string,
      expected: string | null,
      value: string | null,
      ttlSeconds: number,
    ) {
      parser.pushKey(key)
      parser.push(marked(expected), marked(value), String(milliseconds(ttlSeconds)))
    },
    transformReply: (reply: unknown) => reply as number,
  }),

  appendToJournal: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: `
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local lingering = tonumber(ARGV[3])
      local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 5)
      for i = 1, #oldest - 1 do
        local nextAt = tonumber(string.match(oldest[i + 1][1], '^%d+'))
        if tonumber(oldest[i][2][2]) > now or nextAt + lingering > now then break end
        redis.call('XDEL', KEYS[1], oldest[i][1])
      end
      local ttl = tonumber(ARGV[2])
      redis.call('XADD', KEYS[1], '*', 'until', string.format('%.0f', now + ttl), 'entry', ARGV[1])
      local keep = math.max(ttl, tonumber(ARGV[4]), redis.call('PTTL', KEYS[1]))
      redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keep))
      return 1`,
    parseCommand(parser: CommandParser, key: string, entry: string, ttlSeconds: number) {
      parser.pushKey(key)
      parser.push(
        entry,
        String(milliseconds(ttlSeconds)),
        String(lingerMilliseconds),
        String(keptMilliseconds),
      )
    },
    transformReply: (reply: unknown) => reply as number,
  }),

  readJournal: defineScript({
    NUMBER_OF_KEYS: 1,
    // An empty journal gets an entry that is over, since a cursor has to point at one.
    SCRIPT: `
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local cursor = ARGV[1]
      local limit = tonumber(ARGV[2])
      local found = redis.call('XRANGE', KEYS[1], cursor == '' and '-' or cursor, '+', 'COUNT', limit)
      local told = { 'whole', '', 'end' }
      if cursor ~= '' and not (found[1] and found[1][1] == cursor) then
        told[1] = 'restarted'
        cursor = ''
        found = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', limit)
      end
      if #found == limit then told[3] = 'more' end
      told[2] = found[1] and found[#found][1]
        or redis.call('XADD', KEYS[1], '*', 'until', '0', 'entry', '')
      if redis.call('PTTL', KEYS[1]) < ARGV[3] / 2 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
      for _, entry in ipairs(found) do
        if entry[1] ~= cursor and tonumber(entry[2][2]) > now then told[#told + 1] = entry[2][4] end
      end
      return told`,
    parseCommand(parser: CommandParser, key: string, cursor: string | null) {
      parser.pushKey(key)
      parser.push(cursor ?? '', String(entriesOfPage), String(keptMilliseconds))
    },
    transformReply(reply: unknown): Page {
      const [restarted, cursor = '', more, ...entries] = reply as string[]
      return { entries, cursor, restarted: restarted === 'restarted', more: more === 'more' }
    },
  }),
}

export interface Page extends Told {
  readonly more: boolean
}

/** Redis does nothing else while it reads a page. */
const entriesOfPage = 1000

/** How long an entry that is over stays a place to go on from, for an instance that was cut off. */
const lingerMilliseconds = 3_600_000

/** How long the journal outlives the last that was told or asked of it. */
const keptMilliseconds = 2 * 86_400_000

function marked(value: string | null): string {
  return value === null ? '' : `=${value}`
}

/** Redis takes no lifetime of zero. */
export function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000))
}
