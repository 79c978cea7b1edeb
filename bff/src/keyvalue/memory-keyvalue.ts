import type { Clock } from '../base/clock.ts'
import type { KeyValue } from './keyvalue.ts'

interface Entry {
  readonly value: string
  readonly expiresAt: number
}

const sweepEverySeconds = 60

/** Keeps everything in this process, and forgets it when the process ends. */
export function memoryKeyValue(clock: Clock): KeyValue {
  const entries = new Map<string, Entry>()
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
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key)
  }

  return {
    get: async (key) => read(key),
    set: async (key, value, ttlSeconds) => write(key, value, ttlSeconds),
    setIfAbsent: async (key, value, ttlSeconds) => {
      if (read(key) !== null) return false
      write(key, value, ttlSeconds)
      return true
    },
    delete: async (key) => {
      entries.delete(key)
    },
    ping: async () => {},
  }
}
