import type { KeyValue } from './store.ts'

/** What is put in the place of a value. */
export interface Edited {
  /** Null takes the key away. */
  readonly value: string | null
  readonly ttlSeconds: number
}

/**
 * Reads a value and puts what comes of it in its place; from the start again where somebody else changed it in between.
 *
 * @param mostTries  how often, before whoever is always faster is left to it
 * @param edit  null leaves the value as it is
 * @returns the edit that got through, with all that the caller put into it; null when none did
 */
export async function editValue<E extends Edited>(
  keyValue: Pick<KeyValue, 'get' | 'replace'>,
  key: string,
  mostTries: number,
  edit: (before: string | null) => E | null,
): Promise<E | null> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const before = await keyValue.get(key)
    const edited = edit(before)
    if (edited === null) return null
    if (await keyValue.replace(key, before, edited.value, edited.ttlSeconds)) return edited
  }
  return null
}
