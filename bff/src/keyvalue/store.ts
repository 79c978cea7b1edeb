/**
 * Small values that expire by themselves: what instances must share or remember. What is put in is sealed before it
 * comes here, and each key begins with the name of what it is.
 *
 * Every function rejects when the store can't be reached.
 */
export interface KeyValue {
  get(key: string): Promise<string | null>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  /**
   * Changes a value only if it is still the expected one, all at once.
   *
   * @param expected  null: only if the key is not there
   * @param value  null: takes the key away
   * @returns whether it was changed
   */
  replace(
    key: string,
    expected: string | null,
    value: string | null,
    ttlSeconds: number,
  ): Promise<boolean>
  delete(key: string): Promise<void>
  ping(): Promise<void>
}

/** What is told to every instance, in order, and can be heard again from the beginning for a while. */
export interface Journal {
  append(entry: string, ttlSeconds: number): Promise<void>
  /**
   * What was told after `cursor`; null hears all from the beginning.
   *
   * `restarted` says that the journal has lost what it held: the cursor meant another one, and `entries` begins anew.
   */
  since(cursor: string | null): Promise<Told>
}

export interface Told {
  readonly entries: readonly string[]
  readonly cursor: string
  readonly restarted: boolean
}

/** One place that is both. */
export interface Store {
  readonly keyValue: KeyValue
  readonly journal: Journal
  close(): Promise<void>
}
