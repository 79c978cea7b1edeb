import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../base/clock.ts'
import { sqliteAgenda } from './sqlite-agenda.ts'
import type { Store } from './store.ts'

const sweepEverySeconds = 60

/** How long a writer waits for another process to finish writing. */
const busyTimeoutMilliseconds = 200

/** At the start it is another thing: several that open a new file at once wait for the first to lay it out. */
const openingTimeoutMilliseconds = 5_000
const busyPauseMilliseconds = 20

/**
 * Keeps everything in one file on this machine: it survives a restart, and several processes may share it.
 *
 * @param durable  each write waits until the disk has it, and then survives a power cut too. @default false
 */
export function sqliteStore(
  file: string,
  clock: Clock,
  { durable = false }: { readonly durable?: boolean } = {},
): Store {
  const database = openDatabase(file)
  if (durable) database.exec('PRAGMA synchronous = FULL')
  const sql = {
    get: database.prepare('SELECT value FROM entries WHERE key = ? AND expires_at > ?'),
    set: database.prepare(
      'INSERT OR REPLACE INTO entries (key, value, expires_at) VALUES (?, ?, ?)',
    ),
    insert: database.prepare(`
      INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at WHERE expires_at <= ?`),
    update: database.prepare(
      'UPDATE entries SET value = ?, expires_at = ? WHERE key = ? AND value = ? AND expires_at > ?',
    ),
    deleteIf: database.prepare(
      'DELETE FROM entries WHERE key = ? AND value = ? AND expires_at > ?',
    ),
    delete: database.prepare('DELETE FROM entries WHERE key = ?'),
    tell: database.prepare('INSERT INTO journal (entry, expires_at) VALUES (?, ?)'),
    told: database.prepare(
      'SELECT seq, entry FROM journal WHERE seq > ? AND expires_at > ? ORDER BY seq',
    ),
    sweepEntries: database.prepare('DELETE FROM entries WHERE expires_at <= ?'),
    sweepJournal: database.prepare('DELETE FROM journal WHERE expires_at <= ?'),
  }
  const epoch = epochOf(database)
  let sweptAt = clock.now()

  function sweep(now: number): void {
    if (now < sweptAt + sweepEverySeconds) return
    sweptAt = now
    sql.sweepEntries.run(now)
    sql.sweepJournal.run(now)
  }

  return {
    keyValue: {
      get: async (key) => {
        const row = sql.get.get(key, clock.now())
        return typeof row?.['value'] === 'string' ? row['value'] : null
      },
      set: async (key, value, ttlSeconds) => {
        const now = clock.now()
        sweep(now)
        sql.set.run(key, value, now + ttlSeconds)
      },
      replace: async (key, expected, value, ttlSeconds) => {
        const now = clock.now()
        const until = now + ttlSeconds
        if (value === null) {
          return expected === null
            ? sql.get.get(key, now) === undefined
            : sql.deleteIf.run(key, expected, now).changes > 0
        }
        return expected === null
          ? sql.insert.run(key, value, until, now).changes > 0
          : sql.update.run(value, until, key, expected, now).changes > 0
      },
      delete: async (key) => {
        sql.delete.run(key)
      },
      ping: async () => {
        sql.get.get('', 0)
      },
    },
    journal: {
      append: async (entry, ttlSeconds) => {
        const now = clock.now()
        sweep(now)
        sql.tell.run(entry, now + ttlSeconds)
      },
      since: async (cursor) => {
        const [theirs, after] = cursor?.split(':') ?? []
        const restarted = theirs !== undefined && theirs !== epoch
        const rows = sql.told.all(restarted ? 0 : Number(after ?? 0), clock.now())
        const last = rows.at(-1)?.['seq'] ?? (restarted ? 0 : (after ?? 0))
        return {
          entries: rows.map((row) => String(row['entry'])),
          cursor: `${epoch}:${String(last)}`,
          restarted,
        }
      },
    },
    agenda: sqliteAgenda(database),
    close: async () => database.close(),
  }
}

function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: openingTimeoutMilliseconds })
  chmodSync(file, 0o600)
  retryWhileBusy(() => layOut(database))
  return database
}

function layOut(database: DatabaseSync): void {
  // WAL: readers never wait for the writer. FULL would sync at each write; a power cut may then lose the last ones.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at);
    CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, expires_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS journal_by_expiry ON journal (expires_at);
    CREATE TABLE IF NOT EXISTS agenda (list TEXT NOT NULL, name TEXT NOT NULL, due_at INTEGER NOT NULL, PRIMARY KEY (list, name)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS agenda_by_time ON agenda (list, due_at);
    CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA busy_timeout = ${busyTimeoutMilliseconds};
  `)
}

/**
 * Tries again while others are at it: SQLite turns away whoever comes while another process makes a new file one with a write-ahead log,
 * however long it was told to wait. Blocks, as opening does in any case.
 */
function retryWhileBusy(work: () => void): void {
  const giveUpAt = performance.now() + openingTimeoutMilliseconds
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPauseMilliseconds)
    }
  }
}

/** `SQLITE_BUSY` and what is said more exactly in its place. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

/** Tells this file from another that was put in its place. */
function epochOf(database: DatabaseSync): string {
  database
    .prepare("INSERT OR IGNORE INTO about (name, value) VALUES ('epoch', ?)")
    .run(randomUUID())
  return String(database.prepare("SELECT value FROM about WHERE name = 'epoch'").get()?.['value'])
}
