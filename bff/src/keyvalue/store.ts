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

/**
 * Names with an instant each, in lists of their own, found by their time without reading all of them. Nothing in it expires.
 * Instants are whole seconds since the epoch.
 */
export interface Agenda {
  /** Enters a name, or moves it. */
  put(list: string, name: string, dueAt: number): Promise<void>
  remove(list: string, name: string): Promise<void>
  /** What is due then, the earliest first. */
  due(list: string, at: number, limit: number): Promise<readonly string[]>
  /** How many are due then. */
  count(list: string, at: number): Promise<number>
  /**
   * Some names of the list, whenever they are due. What is in it from the first page to the last comes at least once.
   *
   * @param cursor  null for the first page
   */
  page(list: string, cursor: string | null): Promise<AgendaPage>
}

export interface AgendaPage {
  readonly names: readonly string[]
  /** Null behind the last page. */
  readonly cursor: string | null
}

/** One place that is all of them. */
export interface Store {
  readonly keyValue: KeyValue
  readonly journal: Journal
  /** Only jobs need it. */
  readonly agenda?: Agenda
  /** What would be lost if the store itself broke down, in a sentence for its operator; null if nothing, or that can't be told. */
  lossAtBreakdown?(): Promise<string | null>
  close(): Promise<void>
}
