import type { Agenda } from './store.ts'

/** Keeps the lists of an agenda in this process. */
export function memoryAgenda(): Agenda {
  const lists = new Map<string, Map<string, number>>()

  function listOf(list: string): Map<string, number> {
    const known = lists.get(list) ?? new Map<string, number>()
    lists.set(list, known)
    return known
  }

  const dueIn = (list: string, at: number) =>
    [...listOf(list)].filter(([, dueAt]) => dueAt <= at).toSorted(([, a], [, b]) => a - b)

  return {
    put: async (list, name, dueAt) => void listOf(list).set(name, dueAt),
    remove: async (list, name) => void listOf(list).delete(name),
    due: async (list, at, limit) =>
      dueIn(list, at)
        .slice(0, limit)
        .map(([name]) => name),
    count: async (list, at) => dueIn(list, at).length,
    page: async (list) => ({ names: [...listOf(list).keys()], cursor: null }),
  }
}
