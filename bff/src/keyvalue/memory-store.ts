import type { Clock } from '../base/clock.ts'
import { memoryAgenda } from './memory-agenda.ts'
import type { Agenda, Store } from './store.ts'

interface Entry {
  readonly value: string
  readonly expiresAt: number
}

const sweepEverySeconds = 60

/** Keeps everything in this process, and forgets it when the process ends. */
export function memoryStore(clock: Clock): Store & { readonly agenda: Agenda } {
  const entries = new Map<string, Entry>()
  const journal = new Map<number, Entry>()
  let told = 0
  let sweptAt = clock.now()

  function read(key: string): string | null {
    const entry = entries.get(key)
    return entry && clock.now() < entry.expiresAt ? entry.value : null
  }

  function write(key: string, value: string, ttlSeconds: number): void {
    sweep()
    entries.set(key, { value, expiresAt: clock.now() + ttlSeconds })
  }

  // No timer: what is written pays for what has expired, so nothing keeps the process alive.
  function sweep(): void {
    const now = clock.now()
    if (now < sweptAt + sweepEverySeconds) return
    sweptAt = now
    for (const kept of [entries, journal] as Map<unknown, Entry>[]) {
      for (const [key, { expiresAt }] of kept) if (expiresAt <= now) kept.delete(key)
    }
  }

  return {
    keyValue: {
      get: async (key) => read(key),
      set: async (key, value, ttlSeconds) => write(key, value, ttlSeconds),
      replace: async (key, expected, value, ttlSeconds) => {
        if (read(key) !== expected) return false
        if (value === null) entries.delete(key)
        else write(key, value, ttlSeconds)
        return true
      },
      delete: async (key) => {
        entries.delete(key)
      },
      ping: async () => {},
    },
    journal: {
      append: async (entry, ttlSeconds) => {
        sweep()
        told += 1
        journal.set(told, { value: entry, expiresAt: clock.now() + ttlSeconds })
      },
      since: async (cursor) => {
        const now = clock.now()
        const after = Number(cursor ?? 0)
        const fresh = [...journal].filter(([at, { expiresAt }]) => at > after && expiresAt > now)
        return {
          entries: fresh.map(([, { value }]) => value),
          cursor: String(told),
          restarted: false,
        }
      },
    },
    agenda: memoryAgenda(),
    close: async () => {},
  }
}
