import type { Agenda, Store } from './store.ts'

/** A store whose code comes later: it is being loaded from now on, and the first question waits for it. */
export function loadedStore(loading: Promise<Store & { readonly agenda: Agenda }>): Store {
  // Whoever asks is told.
  loading.catch(() => {})
  const keyValue = async () => (await loading).keyValue
  const journal = async () => (await loading).journal
  const agenda = async () => (await loading).agenda
  return {
    keyValue: {
      get: async (key) => (await keyValue()).get(key),
      set: async (key, value, ttlSeconds) => (await keyValue()).set(key, value, ttlSeconds),
      replace: async (key, expected, value, ttlSeconds) =>
        (await keyValue()).replace(key, expected, value, ttlSeconds),
      delete: async (key) => (await keyValue()).delete(key),
      ping: async () => (await keyValue()).ping(),
    },
    journal: {
      append: async (entry, ttlSeconds) => (await journal()).append(entry, ttlSeconds),
      since: async (cursor) => (await journal()).since(cursor),
    },
    agenda: {
      put: async (list, name, dueAt) => (await agenda()).put(list, name, dueAt),
      remove: async (list, name) => (await agenda()).remove(list, name),
      due: async (list, at, limit) => (await agenda()).due(list, at, limit),
      count: async (list, at) => (await agenda()).count(list, at),
      page: async (list, cursor) => (await agenda()).page(list, cursor),
    },
    lossAtBreakdown: async () => (await (await loading).lossAtBreakdown?.()) ?? null,
    close: async () => (await loading).close(),
  }
}
