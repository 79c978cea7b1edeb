import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedisServer, type RedisServer } from './redis-server.ts'

export type StoreKind = 'memory' | 'sqlite' | 'redis'

/** Where the instances of one world keep what they share. */
export interface RaceStore {
  readonly url: string
  /** The server behind it, where there is one. */
  readonly redis: RedisServer | null
  stop(): Promise<void>
}

export async function openRaceStore(kind: StoreKind): Promise<RaceStore> {
  if (kind === 'memory') return { url: 'memory:', redis: null, stop: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-race-'))
  const clean = () => rm(folder, { recursive: true, force: true })
  if (kind === 'sqlite')
    return { url: `sqlite:${join(folder, 'store.db')}`, redis: null, stop: clean }
  try {
    const redis = await startRedisServer(folder)
    return { url: redis.url, redis, stop: () => redis.stop().then(clean) }
  } catch (error) {
    await clean()
    throw error
  }
}
