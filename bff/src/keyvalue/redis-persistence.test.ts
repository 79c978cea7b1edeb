import { expect, onTestFinished, test, vi } from 'vitest'
import { startRedisServer } from '../testing/redis-server.ts'
import { lossAtBreakdown } from './redis-persistence.ts'
import { redisStore } from './redis-store.ts'

test('a Redis without an append-only file says what it would lose', async () => {
  const redis = await startRedisServer()
  onTestFinished(() => redis.kill())
  const store = redisStore(redis.url)
  onTestFinished(() => store.close())

  await vi.waitFor(() => store.keyValue.ping())

  expect(await store.lossAtBreakdown?.()).toContain('Set appendonly yes.')
  await redis.command('CONFIG', 'SET', 'appendonly', 'yes')
  expect(await store.lossAtBreakdown?.()).toBeNull()
})

test.each([
  ['aof_enabled:1\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru', ''],
  ['aof_enabled:1\r\nmaxmemory:100\r\nmaxmemory_policy:noeviction', ''],
  ['aof_enabled:1\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru', 'allkeys-lru'],
  ['aof_enabled:0\r\nmaxmemory:0', 'appendonly yes'],
  ['# a Redis that says nothing of it', ''],
])('of a Redis that says %j it tells what is to be mended: %j', (info, told) => {
  const loss = lossAtBreakdown(info)

  expect(loss ?? '').toContain(told)
  expect(loss === null).toBe(told === '')
})
