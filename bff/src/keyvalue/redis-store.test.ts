import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startRedisServer } from '../testing/redis-server.ts'
import { redisStore } from './redis-store.ts'
import { storeContract } from './store.contract.ts'
import type { Store } from './store.ts'

const shared = await startRedisServer()
afterAll(() => shared.stop())
beforeEach(loseAll)

/** Later than any entry by Redis' clock, which makes the ids: the next one of the same millisecond would have the id of a lost one. */
async function loseAll(): Promise<void> {
  await sleep(5)
  await shared.command('FLUSHALL')
}

storeContract('redis:', () => {
  const opened: Store[] = []
  const openAnother = () => {
    const store = redisStore(shared.url)
    opened.push(store)
    return store
  }
  return {
    store: openAnother(),
    openAnother,
    // Nothing in the contract lives for longer than two seconds and for less than a long time.
    advance: (seconds) => sleep(Math.min(seconds, 2) * 1000 + 20),
    close: async () => {
      for (const store of opened) await store.close()
    },
  }
})

test('tells that the data are lost, and then all that came since', async () => {
  const store = open(shared.url)
  const another = open(shared.url)
  await store.journal.append('before', 60)
  const { cursor } = await store.journal.since(null)
  const theirs = await another.journal.since(null)

  await loseAll()
  await store.journal.append('after', 60)
  const told = await store.journal.since(cursor)

  expect(told).toMatchObject({ entries: ['after'], restarted: true })
  expect(await store.journal.since(told.cursor)).toMatchObject({ entries: [], restarted: false })
  expect(await another.journal.since(theirs.cursor)).toMatchObject({ restarted: true })
})

test('tells that an empty journal is another one', async () => {
  const { journal } = open(shared.url)
  const { cursor } = await journal.since(null)
  const same = await journal.since(cursor)
  await loseAll()

  expect(same).toEqual({ entries: [], cursor, restarted: false })
  expect(await journal.since(cursor)).toMatchObject({ entries: [], restarted: true })
})

test('tells that a fail-over lost the last entries, though others came after them', async () => {
  const { journal } = open(shared.url)
  await journal.append('kept', 60)
  await journal.append('lost', 60)
  const { cursor } = await journal.since(null)

  await shared.command('XDEL', 'strongroom:journal', cursor)
  await journal.append('later', 60)

  expect(await journal.since(cursor)).toMatchObject({ entries: ['kept', 'later'], restarted: true })
})

test('a journal of many pages is told whole, also to who did not wait for it', async () => {
  const { journal } = open(shared.url)
  const entries = Array.from({ length: 2500 }, (_, index) => `entry ${index}`)
  await Promise.all(entries.map((entry) => journal.append(entry, 60)))

  const [gaveUp, cameBack] = [journal.since(null), journal.since(null)]
  const told = await cameBack
  await journal.append('one more', 60)

  expect(told.entries).toEqual(entries)
  expect((await gaveUp).entries).toEqual(entries)
  expect((await journal.since(told.cursor)).entries).toEqual(['one more'])
})

test('drops entries that are over once nobody can be waiting for them', async () => {
  const { journal } = open(shared.url)
  const twoHoursAgo = Date.now() - 7_200_000
  for (const at of [twoHoursAgo, twoHoursAgo + 1, twoHoursAgo + 2]) {
    await shared.command('XADD', 'strongroom:journal', String(at), 'until', '0', 'entry', 'old')
  }
  await journal.append('one', 1)
  await journal.append('two', 60)

  // The last before the first new one may be someone's cursor.
  expect(await shared.command('XLEN', 'strongroom:journal')).toBe(':3\r\n')
  expect((await journal.since(`${twoHoursAgo + 2}-0`)).restarted).toBe(false)
})

test('every key expires', async () => {
  const { keyValue, journal } = open(shared.url)
  await journal.since(null)
  await journal.append('entry', 60)
  await keyValue.set('set', 'value', 60)
  await keyValue.set('over', 'value', 0)
  await keyValue.replace('put', null, 'value', 60)
  await keyValue.replace('set', 'value', 'other', 60)
  await sleep(20)

  const keys = await shared.command('KEYS', '*')
  const lasting = await shared.command(
    'EVAL',
    "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', key) < 0 then n = n + 1 end end return n",
    '0',
  )

  expect(keys.match(/strongroom:\w+/g)?.toSorted()).toEqual([
    'strongroom:journal',
    'strongroom:put',
    'strongroom:set',
  ])
  expect(lasting).toBe(':0\r\n')
})

function open(url: string): Store {
  const store = redisStore(url)
  onTestFinished(() => store.close())
  return store
}
