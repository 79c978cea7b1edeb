/**
 * A place for small values that expire by themselves: Strongroom's only shared memory. What is put in is sealed before
 * it comes here, and every key is prefixed by what it is.
 */
export interface KeyValue {
  get(key: string): Promise<string | null>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  /** @returns false, and changes nothing, when the key is there already */
  setIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean>
  delete(key: string): Promise<void>
  /** Throws when the store can't be reached. */
  ping(): Promise<void>
}
