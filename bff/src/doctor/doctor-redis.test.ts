import { expect, onTestFinished, test } from 'vitest'
import { startRedisServer } from '../testing/redis-server.ts'
import { examined, healthy } from '../testing/examined.ts'
import { freePort } from '../testing/free-port.ts'
import { freshFolder } from '../testing/own-process.ts'

const password = 'the password of this Redis'

test('a Redis that keeps everything is well', async () => {
  const redis = await startRedisServer({ folder: freshFolder(), password })
  onTestFinished(() => redis.kill())
  const { env } = await healthy()

  const { of } = await examined(
    { ...env, STORE_URL: urlOf(redis.port, password) },
    { secrets: [password] },
  )

  expect(of('store.reachable')?.level).toBe('ok')
  expect(of('store.latency')?.text).toMatch(/^Redis (answers in|takes) [\d.]+ ms/)
  expect(of('store.persistence')?.level).toBe('ok')
  expect(await redis.command('DBSIZE')).toBe(':0\r\n')
})

test('a Redis with another password', async () => {
  const redis = await startRedisServer({ password })
  onTestFinished(() => redis.kill())
  const { env } = await healthy()
  const other = 'the password of another Redis'

  const { of } = await examined(
    { ...env, STORE_URL: urlOf(redis.port, other) },
    { secrets: [other] },
  )

  expect(of('store.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('WRONGPASS'),
    cure: expect.stringContaining('Correct user and password'),
  })
})

test('a Redis that wants a password and is given none', async () => {
  const redis = await startRedisServer({ password })
  onTestFinished(() => redis.kill())
  const { env } = await healthy()

  const { of } = await examined({ ...env, STORE_URL: redis.url })

  expect(of('store.reachable')?.cure).toContain('wants a password')
})

test('a Redis that keeps no append-only file', async () => {
  const redis = await startRedisServer()
  onTestFinished(() => redis.kill())
  const { env } = await healthy()

  const { of } = await examined({ ...env, STORE_URL: redis.url })

  expect(of('store.persistence')).toMatchObject({ level: 'warning', cure: 'Set appendonly yes.' })
})

test('a Redis that drops what is not over', async () => {
  const redis = await startRedisServer({ folder: freshFolder() })
  onTestFinished(() => redis.kill())
  await redis.command('CONFIG', 'SET', 'maxmemory', '100mb')
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  const { env } = await healthy()

  const { of } = await examined({ ...env, STORE_URL: redis.url })

  expect(of('store.eviction')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('allkeys-lru'),
    cure: 'Set maxmemory-policy noeviction.',
  })
})

test('a Redis that is not there', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, STORE_URL: `redis://127.0.0.1:${await freePort()}` })

  expect(of('store.reachable')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('Start it, or correct host and port'),
  })
})

function urlOf(port: number, secret: string): string {
  return `redis://:${encodeURIComponent(secret)}@127.0.0.1:${port}`
}
