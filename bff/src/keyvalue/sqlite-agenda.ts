import type { DatabaseSync } from 'node:sqlite'
import type { Agenda } from './store.ts'

const namesOfPage = 500

/** Keeps an agenda in a table that is ordered by time, so that what is due is read and nothing else. */
export function sqliteAgenda(database: DatabaseSync): Agenda {
  const sql = {
    put: database.prepare('INSERT OR REPLACE INTO agenda (list, name, due_at) VALUES (?, ?, ?)'),
    remove: database.prepare('DELETE FROM agenda WHERE list = ? AND name = ?'),
    due: database.prepare(
      'SELECT name FROM agenda WHERE list = ? AND due_at <= ? ORDER BY due_at LIMIT ?',
    ),
    count: database.prepare('SELECT count(*) AS many FROM agenda WHERE list = ? AND due_at <= ?'),
    page: database.prepare(
      'SELECT name FROM agenda WHERE list = ? AND name > ? ORDER BY name LIMIT ?',
    ),
  }
  const namesIn = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    rows.map((row) => String(row['name']))

  return {
    put: async (list, name, dueAt) => void sql.put.run(list, name, dueAt),
    remove: async (list, name) => void sql.remove.run(list, name),
    due: async (list, at, limit) => namesIn(sql.due.all(list, at, limit)),
    count: async (list, at) => Number(sql.count.get(list, at)?.['many']),
    page: async (list, cursor) => {
      const names = namesIn(sql.page.all(list, cursor ?? '', namesOfPage))
      return { names, cursor: names.length < namesOfPage ? null : (names.at(-1) ?? null) }
    },
  }
}
