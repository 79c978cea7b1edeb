import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Event } from '../observability/events.ts'
import {
  startRedisServer,
  type RedisServer,
  type RedisServerOptions,
} from '../testing/redis-server.ts'
import { guardedStore } from './guarded-store.ts'
import { redisStore } from './redis-store.ts'
import type { Store } from './store.ts'
import { heard } from '../testing/heard.ts'

test('takes password and database from the URL', async () => {
  const server = await serve({ password: 'pass/word 100%' })
  const address = `127.0.0.1:${server.port}`
  const password = encodeURIComponent('pass/word 100%')
  const third = open(`redis://:${password}@${address}/3`)
  const named = open(`redis://default:${password}@${address}/3`)
  const first = open(`redis://:${password}@${address}`)

  await third.keyValue.set('a', 'one', 60)

  expect(await named.keyValue.get('a')).toBe('one')
  expect(await first.keyValue.get('a')).toBeNull()
})

test.for(['', ':wrong-password@', 'nobody:wrong-password@'])(
  'says why "%s" is not let in, without the password',
  async (credentials) => {
    const server = await serve({ password: 'right' })
    const { keyValue } = open(`redis://${credentials}127.0.0.1:${server.port}`)

    const said = describeCause(await keyValue.get('a').catch((error: unknown) => error))

    expect(said).toMatch(/WRONGPASS|NOAUTH/)
    expect(said).not.toContain('wrong-password')
  },
)

test('heals by itself after a restart, which lost everything', async () => {
  const server = await serve()
  const { keyValue, journal } = open(server.url)
  await keyValue.set('a', 'one', 60)
  await journal.append('told', 60)
  const { cursor } = await journal.since(null)

  await server.kill()
  const dying = await timed(() => keyValue.get('a'))
  await sleep(1500)
  const down = await timed(() => keyValue.get('a'))
  await server.restart()
  const start = performance.now()
  await vi.waitFor(() => keyValue.ping(), { timeout: 2000, interval: 20 })

  expect(dying.error).not.toBe('')
  expect(down.error).toContain('Redis: not connected < Error ECONNREFUSED')
  expect(Math.max(dying.milliseconds, down.milliseconds)).toBeLessThan(100)
  expect(performance.now() - start).toBeLessThan(1000)
  expect(await keyValue.get('a')).toBeNull()
  expect(await keyValue.replace('a', null, 'two', 60)).toBe(true)
  expect(await journal.since(cursor)).toMatchObject({ entries: [], restarted: true })
})

test('goes on where it was after a restart that kept everything', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-redis-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = await serve({ folder })
  const { keyValue, journal } = open(server.url)
  await keyValue.set('a', 'one', 60)
  await journal.append('told', 60)
  const { cursor } = await journal.since(null)

  await server.kill()
  await server.restart()
  await vi.waitFor(() => keyValue.ping(), { timeout: 2000, interval: 20 })

  expect(await keyValue.get('a')).toBe('one')
  expect(await journal.since(cursor)).toEqual({ entries: [], cursor, restarted: false })
})

test('comes to life when Redis does', async () => {
  const server = await serve()
  await server.stop()
  const { keyValue } = open(server.url)

  const before = await timed(() => keyValue.ping())
  await server.restart()

  expect(before.error).toContain('ECONNREFUSED')
  await vi.waitFor(() => keyValue.ping(), { timeout: 1000, interval: 20 })
})

test('behind the guard, a Redis that is down or hangs costs no more than the budget', async () => {
  const server = await serve()
  const events: Event[] = []
  const telemetry = heard({ record: (event: Event) => void events.push(event) })
  const { keyValue } = guardedStore(open(server.url), systemClock, telemetry)
  await keyValue.set('a', 'one', 60)

  server.pause()
  const hanging = []
  for (let call = 0; call < 5; call += 1) hanging.push(await timed(() => keyValue.get('a')))
  server.resume()
  await vi.waitFor(() => keyValue.get('a'), { timeout: 4000, interval: 50 })
  await server.kill()
  const down = []
  for (let call = 0; call < 5; call += 1) down.push(await timed(() => keyValue.get('a')))

  for (const { error, milliseconds } of [...hanging, ...down]) {
    expect(error).not.toBe('')
    expect(milliseconds).toBeLessThan(400)
  }
  expect(hanging.at(-1)?.milliseconds).toBeLessThan(20)
  expect(down.at(-1)?.milliseconds).toBeLessThan(20)
  expect(events.map(({ name }) => name)).toEqual([
    'store-unreachable',
    'store-reachable',
    'store-unreachable',
  ])
})

test('hangs up on a Redis that does not answer, and finds it again', async () => {
  const server = await serve()
  const { keyValue } = open(server.url)
  await keyValue.set('a', 'one', 60)

  server.pause()
  const [first, second] = await Promise.all([
    timed(() => keyValue.get('a')),
    timed(() => keyValue.get('a')),
  ])
  server.resume()

  expect(first.error).toContain('no answer within 2 s')
  expect(second.error).not.toBe('')
  await vi.waitFor(() => keyValue.get('a'), { timeout: 3000, interval: 50 })
  await vi.waitFor(async () => expect(await clientIds(server)).toHaveLength(1), { timeout: 3000 })
})

test('connects anew where a primary has become a replica', async () => {
  const server = await serve()
  const { keyValue } = open(server.url)
  await keyValue.set('a', 'one', 60)
  const before = await clientIds(server)

  await server.command('REPLICAOF', '127.0.0.1', '1')
  const plain = await timed(() => keyValue.set('a', 'two', 60))
  await vi.waitFor(() => keyValue.ping(), { timeout: 1000, interval: 20 })
  const between = await clientIds(server)
  const script = await timed(() => keyValue.replace('a', 'one', 'two', 60))
  await vi.waitFor(() => keyValue.ping(), { timeout: 1000, interval: 20 })
  await server.command('REPLICAOF', 'NO', 'ONE')

  expect([plain.error, script.error]).toEqual([
    expect.stringContaining('READONLY'),
    expect.stringContaining('READONLY'),
  ])
  expect(between).not.toEqual(before)
  expect(await clientIds(server)).not.toEqual(between)
  expect(await keyValue.replace('a', 'one', 'two', 60)).toBe(true)
})

test('leaves no connection behind, also when it is closed before there is one', async () => {
  const server = await serve()
  const [used, early, unused] = [
    redisStore(server.url),
    redisStore(server.url),
    redisStore(server.url),
  ]
  await used.keyValue.set('a', 'one', 60)
  const tooEarly = early.keyValue.get('a').catch(describeCause)
  await Promise.all([used.close(), early.close(), unused.close()])
  await used.close()

  expect(await tooEarly).toContain('Redis')
  await expect(used.keyValue.get('a')).rejects.toThrow('closed')
  await vi.waitFor(async () => expect(await clientIds(server)).toHaveLength(0), { timeout: 3000 })
})

function open(url: string): Store {
  const store = redisStore(url)
  onTestFinished(() => store.close())
  return store
}

async function serve(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedisServer(options)
  onTestFinished(() => server.kill())
  return server
}

/** Of all connections but the one that asks, which is the newest. */
async function clientIds(server: RedisServer): Promise<string[]> {
  const list = await server.command('CLIENT', 'LIST', 'TYPE', 'normal')
  return (list.match(/^id=\d+/gm) ?? []).slice(0, -1)
}

async function timed(
  work: () => Promise<unknown>,
): Promise<{ readonly error: string; readonly milliseconds: number }> {
  const start = performance.now()
  const error = await work().then(() => '', describeCause)
  return { error, milliseconds: performance.now() - start }
}
