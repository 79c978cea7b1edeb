import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../base/clock.ts'
import type { KeyValue } from './keyvalue.ts'

const sweepEverySeconds = 60

/** How long a writer waits for another process to finish writing. */
const busyTimeoutMilliseconds = 250

/** Keeps everything in one file on this machine: it survives a restart, and several processes may share it. */
export function sqliteKeyValue(file: string, clock: Clock): KeyValue {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: busyTimeoutMilliseconds })
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at);
  `)
  const select = database.prepare('SELECT value FROM entries WHERE key = ? AND expires_at > ?')
  const upsert = database.prepare(
    'INSERT OR REPLACE INTO entries (key, value, expires_at) VALUES (?, ?, ?)',
  )
  const insert = database.prepare(`
    INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at WHERE expires_at <= ?
  `)
  const remove = database.prepare('DELETE FROM entries WHERE key = ?')
  const sweepOut = database.prepare('DELETE FROM entries WHERE expires_at <= ?')
  let sweptAt = clock.now()

  function sweep(now: number): void {
    if (now < sweptAt + sweepEverySeconds) return
    sweptAt = now
    sweepOut.run(now)
  }

  return {
    get: async (key) => {
      const row = select.get(key, clock.now())
      return typeof row?.['value'] === 'string' ? row['value'] : null
    },
    set: async (key, value, ttlSeconds) => {
      const now = clock.now()
      sweep(now)
      upsert.run(key, value, now + ttlSeconds)
    },
    setIfAbsent: async (key, value, ttlSeconds) => {
      const now = clock.now()
      return insert.run(key, value, now + ttlSeconds, now).changes > 0
    },
    delete: async (key) => {
      remove.run(key)
    },
    ping: async () => {
      select.get('', 0)
    },
  }
}
